from __future__ import annotations

import numpy as np

from salience.models.predictor.bins import Bins
from salience.models.predictor.grow import Shape, grow


def grown(x: np.ndarray, y: np.ndarray, shape: Shape):  # type: ignore[no-untyped-def]
    bins = Bins.of(x, 16)
    return grow(bins, bins.places(x), y[:, None].astype(float), np.ones(len(y)), shape, np.random.default_rng(0))


def test_the_cut_is_where_the_outcome_changes() -> None:
    x = np.arange(10.0)[:, None]
    tree = grown(x, np.array([0] * 4 + [1] * 6), Shape(depth=3, least=1))
    assert tree.edge.tolist() == [3.5]
    np.testing.assert_allclose(tree.sums(x)[:, 0], [0] * 4 + [1] * 6)


def test_exclusive_or_takes_two_levels() -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 2, (400, 2)).astype(float)
    y = (x[:, 0] != x[:, 1]).astype(int)
    np.testing.assert_allclose(grown(x, y, Shape(depth=2, least=5)).sums(x)[:, 0], y)


def test_leaves_hold_at_least_as_many_rows_as_asked() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(300, 3)), rng.integers(0, 2, 300)
    for by_weight in (False, True):
        tree = grown(x, y, Shape(depth=6, least=25, by_weight=by_weight))
        values, counts = np.unique(tree.sums(x)[:, 0], return_counts=True)
        assert len(values) > 2
        assert counts.min() >= 25


def test_nothing_to_gain_is_one_leaf() -> None:
    tree = grown(np.ones((20, 1)), np.arange(20) % 2, Shape(depth=3, least=1))
    assert len(tree.value) == 1
    assert tree.sums(np.ones((2, 1)))[:, 0].tolist() == [0.5, 0.5]
