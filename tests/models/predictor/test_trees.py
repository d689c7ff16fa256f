"""Walking trees: one by one or many at once, few rows or many, in one forest or in several, the answer is the same."""

from __future__ import annotations

import numpy as np
import pytest

from salience.models.predictor.trees import BLOCK, Trees, joined, trees_from


def stump(column: int, edge: float, left: float, right: float) -> Trees:
    whole = np.zeros(1, np.int32)
    return Trees(
        np.array([column], np.int32), np.array([edge]), ~whole, ~(whole + 1), np.array([left, right]), whole, depth=1
    )


def forest(trees: int = 40) -> Trees:
    rng = np.random.default_rng(0)
    leaf = Trees(np.zeros(1, np.int32), np.zeros(1), np.full(1, -1, np.int32), np.full(1, -1, np.int32),
                 np.array([0.5]), np.array([-1], np.int32), depth=0)  # fmt: skip
    return joined([leaf, *(stump(n % 3, float(rng.normal()), *rng.normal(size=2)) for n in range(trees - 1))])


def by_hand(trees: Trees, x: np.ndarray) -> np.ndarray:
    told = np.zeros(len(x))
    for row, values in enumerate(x):
        for root in trees.roots:
            at = int(root)
            while at >= 0:
                at = int(trees.left[at] if values[trees.feature[at]] <= trees.edge[at] else trees.right[at])
            told[row] += trees.value[~at]
    return told


def test_any_number_of_rows_is_walked_as_by_hand() -> None:
    made = forest()
    x = np.random.default_rng(1).normal(size=(300, 3))
    np.testing.assert_allclose(made.sums(x), by_hand(made, x))
    np.testing.assert_allclose(made.sums(x[:1]), by_hand(made, x[:1]))
    many = np.tile(x, (BLOCK // 300 + 2, 1))
    np.testing.assert_array_equal(made.sums(many)[-300:], made.sums(many)[:300])
    assert made.sums(x[:0]).shape == (0,)


def test_stages_are_forests_cut_short() -> None:
    made, x = forest(), np.random.default_rng(1).normal(size=(50, 3))
    for stage, stop in zip(made.staged(x, (1, 7, 40)), (1, 7, 40), strict=True):
        np.testing.assert_array_equal(stage, made.first(stop).sums(x))


def test_several_forests_are_their_sum() -> None:
    x = np.random.default_rng(1).normal(size=(50, 3))
    parts = [forest(5), stump(2, 0.1, -1, 1), forest(9)]
    np.testing.assert_allclose(joined(parts).sums(x), sum(part.sums(x) for part in parts))


def test_arrays_and_back_and_astray() -> None:
    made, x = forest(), np.random.default_rng(1).normal(size=(50, 3))
    np.testing.assert_array_equal(trees_from(made.arrays(), 3).sums(x), made.sums(x))
    with pytest.raises(ValueError, match="left"):
        trees_from({**made.arrays(), "left": made.left + 10_000}, 3)
    with pytest.raises(ValueError, match="feature"):
        trees_from(made.arrays(), 2)
