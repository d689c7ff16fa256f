from __future__ import annotations

import numpy as np
import pytest

from salience.optimise.experiments.lift import delta, fieller, lift
from salience.optimise.experiments.pair import Pair, means
from salience.optimise.experiments.sums import Sums


def test_fieller_and_delta_agree_where_the_control_is_sure() -> None:
    rng = np.random.default_rng(5)
    pair = means(Sums.of(rng.normal(10, 1, (4000, 1))), Sums.of(rng.normal(11, 1, (4000, 1))))
    assert float(lift(pair)) == pytest.approx(0.1, abs=0.01)
    np.testing.assert_allclose(fieller(pair), delta(pair), atol=1e-4)


def test_the_ends_are_where_the_difference_is_just_not_refuted() -> None:
    rng = np.random.default_rng(6)
    pair = means(Sums.of(rng.exponential(2, (60, 1))), Sums.of(rng.exponential(3, (60, 1))))
    for end in fieller(pair, reach=2.5):
        r = float(end) + 1
        away = abs(float(pair.treated - r * pair.control)) / np.sqrt(float(pair.var_treated + r**2 * pair.var_control))
        assert away == pytest.approx(2.5)


def test_a_control_that_may_be_0_has_no_bounded_lift() -> None:
    rows = np.zeros((50, 1))
    rows[0] = 1.0
    low, high = fieller(means(Sums.of(rows), Sums.of(rows)))
    assert (float(low), float(high)) == (-np.inf, np.inf)


def test_a_covariance_between_the_arms_counts() -> None:
    """Adjusted means share a pooled mean; the interval must be that of t - R c with its covariance."""
    half = np.asarray
    pair = Pair(half(10.0), half(11.0), half(0.04), half(0.05), half(0.03), half(1e9))
    for end in fieller(pair, reach=2.0):
        r = float(end) + 1
        assert abs(11 - r * 10) / np.sqrt(0.05 - 2 * r * 0.03 + r**2 * 0.04) == pytest.approx(2.0)
