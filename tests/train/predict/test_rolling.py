"""Forward in time: nothing looks ahead, and what moves is followed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from salience.evaluate.chances import auc
from salience.events import InvalidInput
from salience.models.predictor.logistic import Logistic
from salience.train.bench_outcome import Bench, Cost
from salience.train.predict.rolling import Member, Walk, rolling
from tests.models.predictor.worlds import shop

MEMBERS: tuple[Member, ...] = ((Logistic(0.1), 0.0), (Logistic(0.1), 10.0))


@contextmanager
def free() -> Iterator[Cost]:
    yield Cost()


BENCH = Bench(1, 0, lambda: 0.0, free, lambda *_: None)


def moving() -> tuple[dict[str, list[str]], np.ndarray]:
    """In the second half a third of the buyers is left."""
    cells, y = shop(1600)
    left = np.random.default_rng(0).random(1600) < 0.33
    return cells, np.where(np.arange(1600) < 800, y, y & left)


def test_what_moves_is_followed() -> None:
    cells, y = moving()
    rows, chances = rolling(cells, y, 2, Walk.of(1600, step=100, first=600), BENCH, MEMBERS)
    np.testing.assert_array_equal(rows, np.arange(600, 1600))
    assert auc(chances[:, 1], y[rows] == 1) > 0.75
    late = rows >= 1300
    assert chances[late, 1].mean() < 1.6 * y[rows][late].mean()


def test_nothing_looks_ahead() -> None:
    cells, y = moving()
    walk = Walk.of(1600, step=200, first=600)
    _, chances = rolling(cells, y, 2, walk, BENCH, MEMBERS)
    changed = np.where(np.arange(1600) >= 1000, 1 - y, y)
    _, others = rolling(cells, changed, 2, walk, BENCH, MEMBERS)
    np.testing.assert_array_equal(chances[:600], others[:600])  # rows 600 to 1200 are told by those before row 1000
    assert np.abs(chances[600:] - others[600:]).max() > 0.1


def test_an_outcome_is_used_as_soon_as_it_is_known_and_no_sooner() -> None:
    cells, y = moving()
    changed = np.where(np.arange(1600) >= 1003, 1 - y, y)
    for lag, same in ((1, 1004), (50, 1050), (200, 1200)):
        walk = Walk.of(1600, step=200, first=600, lag=lag)
        _, chances = rolling(cells, y, 2, walk, BENCH, MEMBERS)
        _, others = rolling(cells, changed, 2, walk, BENCH, MEMBERS)
        apart = np.flatnonzero((chances != others).any(axis=1)) + 600
        assert apart[0] == same


def test_a_walk_needs_rows_before_and_after() -> None:
    with pytest.raises(InvalidInput, match="first"):
        Walk.of(100, step=10, first=100)
    with pytest.raises(InvalidInput, match="lag"):
        Walk.of(300, step=10, lag=11)
    assert Walk.of(300, step=10) == Walk(150, 10, 300, 10)
