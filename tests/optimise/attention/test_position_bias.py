from __future__ import annotations

import numpy as np
import pytest

from salience.events import InvalidInput
from salience.optimise.attention.position_bias import fitted, position_bias


def test_the_curve_of_a_small_world_is_found() -> None:
    rng = np.random.default_rng(1)
    theta, alpha = np.array([1.0, 0.6, 0.3]), rng.uniform(0.1, 0.6, 40)
    shown = np.full((40, 3), 3_000.0)
    clicks = rng.binomial(3_000, np.outer(alpha, theta)).astype(float)
    found = position_bias(shown, clicks)
    assert found.identifiable
    assert [one.seen for one in found.positions] == pytest.approx(theta, rel=0.05)
    assert all(one.low <= t <= one.high for one, t in zip(found.positions, theta, strict=True))


def test_a_ranker_that_never_moves_anything_says_nothing() -> None:
    shown = np.kron(np.eye(3), np.full((5, 1), 1_000.0))
    found = position_bias(shown, shown * 0.1)
    assert not found.identifiable
    assert found.positions == ()
    assert "no item was shown both at position 2" in found.said


def test_a_single_swapped_impression_is_not_enough() -> None:
    shown = np.kron(np.eye(3), np.full((5, 1), 1_000.0))
    shown[0] = [999.0, 1.0, 0.0]
    shown[5] = [0.0, 999.0, 1.0]
    found = position_bias(shown, np.floor(shown * 0.1))
    assert not found.identifiable
    assert "too few impressions" in found.said


def test_the_likelihood_never_falls() -> None:
    rng = np.random.default_rng(2)
    shown = rng.integers(5, 50, (30, 4)).astype(float)
    clicks = rng.binomial(shown.astype(int), 0.2).astype(float)

    def likelihood(steps: int) -> float:
        theta, alpha = fitted(shown, clicks, steps)
        p = np.outer(alpha, theta)
        return float((clicks * np.log(p) + (shown - clicks) * np.log(1 - p)).sum())

    found = [likelihood(steps) for steps in (1, 2, 5, 20, 100)]
    assert found == sorted(found)


def test_counts_that_cannot_be_are_refused() -> None:
    with pytest.raises(InvalidInput, match="more than the impressions"):
        position_bias(np.ones((2, 2)), np.full((2, 2), 2.0))
    with pytest.raises(InvalidInput, match="never shown"):
        position_bias(np.array([[1.0, 0.0]]), np.zeros((1, 2)))
