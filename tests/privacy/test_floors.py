"""Floors, tried by somebody who works out what is hidden from what is shown."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from salience.privacy.floors import CONSOLE, shown, shown_parts, shown_steps


@pytest.fixture(name="rng")
def _rng() -> np.random.Generator:
    return np.random.default_rng(32)


def test_what_groups_leave_over_is_nobody_or_ten(rng: np.random.Generator) -> None:
    for _ in range(500):
        counts = {str(n): int(size) for n, size in enumerate(rng.integers(0, 30, rng.integers(1, 8)))}
        told = shown(counts)
        left = sum(counts.values()) - sum(told.groups.values())
        assert min(told.groups.values(), default=CONSOLE) >= CONSOLE
        assert told.hidden != 1 or not told.groups
        assert not told.groups or left == 0 or left >= CONSOLE


def test_no_two_steps_of_a_funnel_differ_by_a_few(rng: np.random.Generator) -> None:
    for _ in range(500):
        counts = np.sort(rng.integers(0, 60, rng.integers(2, 7)))[::-1].tolist()
        told = [counts[place] for place in shown_steps(counts)]
        assert all(one == 0 or one >= CONSOLE for one in told)
        assert all(one - after == 0 or one - after >= CONSOLE for one, after in pairwise(told))


def test_cells_of_a_column_hide_those_who_did_and_those_who_did_not(rng: np.random.Generator) -> None:
    for _ in range(500):
        sizes = rng.integers(10, 80, rng.integers(1, 7)).tolist()
        parts = [int(rng.integers(0, size + 1)) for size in sizes]
        told = shown_parts(parts, sizes)
        for place in told:
            assert all(n == 0 or n >= CONSOLE for n in (parts[place], sizes[place] - parts[place]))
        part = sum(parts) - sum(parts[n] for n in told)
        rest = sum(sizes) - sum(sizes[n] for n in told) - part
        assert not told or len(told) != len(sizes) - 1
        assert not told or all(n == 0 or n >= CONSOLE for n in (part, rest))


def test_floors_hide_no_more_than_they_must() -> None:
    assert shown({"a": 10, "b": 10}).groups == {"a": 10, "b": 10}
    assert shown_steps([100, 90, 80, 0]) == (0, 1, 2, 3)
    assert shown_parts([20, 30], [60, 60]) == (0, 1)
