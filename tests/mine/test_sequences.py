from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salience.events import InvalidInput
from salience.events.interactions import IdMap
from salience.mine.sequences import Sequences, patterns

NAMES = IdMap(("a", "b", "c"))


def of(world: list[list[int]]) -> Sequences:
    group = np.repeat(np.arange(len(world)), [len(row) for row in world])
    return Sequences.of(NAMES, group, np.array([step for row in world for step in row], np.int64))


def holds(row: list[int], pattern: tuple[int, ...]) -> bool:
    rest = iter(row)
    return all(step in rest for step in pattern)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=7), min_size=1, max_size=12), st.integers(1, 4))
def test_every_frequent_pattern_and_no_other(world: list[list[int]], least: int) -> None:
    least = min(least, len(world))
    found = patterns(of(world), min_support=least / len(world), longest=3, closed=False)
    expected = {}
    for length in (1, 2, 3):
        for pattern in product(range(3), repeat=length):
            count = sum(holds(row, pattern) for row in world)
            if count >= least:
                expected[tuple(NAMES.names[code] for code in pattern)] = count
    assert {pattern.steps: pattern.count for pattern in found} == expected


def test_confidence_and_lift() -> None:
    found = {p.steps: p for p in patterns(of([[0, 1], [0, 2], [0, 1], [1]]), min_support=0.25, closed=False)}
    after = found["a", "b"]
    assert (after.count, after.support) == (2, 0.5)
    assert after.confidence == pytest.approx(2 / 3)
    assert after.lift == pytest.approx((2 / 3) / (3 / 4))
    assert found["a",].lift is None


def test_closed_patterns_leave_out_what_a_longer_one_says_as_well() -> None:
    found = patterns(of([[0, 1, 2], [0, 1, 2], [0, 1]]), min_support=0.5)
    assert [(p.steps, p.count) for p in found] == [(("a", "b"), 3), (("a", "b", "c"), 2)]


def test_too_many_are_refused_with_a_way_out() -> None:
    with pytest.raises(InvalidInput, match=r"more than 5 patterns; raise it, e.g. to 0.2"):
        patterns(of([[0, 1, 2] * 3]), min_support=0.1, most=5)


@pytest.mark.parametrize(("support", "longest"), [(0, 3), (1.5, 3), (0.5, 0)])
def test_settings_must_make_sense(support: float, longest: int) -> None:
    with pytest.raises(InvalidInput):
        patterns(of([[0]]), min_support=support, longest=longest)
