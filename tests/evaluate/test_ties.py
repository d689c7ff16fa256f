"""Ties count as the mean over their orders: the formula against drawn orders."""

from __future__ import annotations

import numpy as np
import pytest

from salience.evaluate import metrics, ties


def test_without_ties_it_is_plain_ndcg() -> None:
    rng = np.random.default_rng(0)
    scores, wanted = rng.random((20, 15)), rng.random((20, 15)) < 0.3
    wanted[:, 0] = True
    order = np.argsort(-scores, axis=1)[:, :5]
    plain = metrics.ndcg(np.take_along_axis(wanted, order, axis=1), wanted.sum(axis=1))
    np.testing.assert_allclose(ties.ndcg(scores, wanted, 5), plain)


def test_ties_are_the_mean_over_orders() -> None:
    rng = np.random.default_rng(1)
    scores = rng.integers(0, 3, (1, 9)).astype(float)
    wanted = rng.random((1, 9)) < 0.4
    wanted[0, 0] = True
    drawn = [ties.ndcg(scores + rng.random(9) * 1e-6, wanted, 4)[0] for _ in range(4000)]
    assert ties.ndcg(scores, wanted, 4)[0] == pytest.approx(np.mean(drawn), abs=0.01)


def test_fewer_items_than_places() -> None:
    assert ties.ndcg(np.array([[2.0, 1.0]]), np.array([[True, False]]), 10).tolist() == [1.0]
