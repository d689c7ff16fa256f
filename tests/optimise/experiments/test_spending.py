from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from salience.optimise.experiments.spending import bounds, power, spent


def test_one_look_is_the_fixed_test() -> None:
    assert bounds((1.0,))[0] == pytest.approx(1.96, abs=1e-3)


def test_the_bounds_are_those_of_the_books() -> None:
    """Lan-DeMets O'Brien-Fleming, five looks, two-sided 5 % (Jennison and Turnbull 1999; also R's ldbounds)."""
    assert bounds((0.2, 0.4, 0.6, 0.8, 1.0)) == pytest.approx((4.877, 3.357, 2.680, 2.290, 2.031), abs=2e-3)


@pytest.mark.parametrize("fractions", [(0.1, 0.35, 0.4, 0.9, 1.0), tuple(np.arange(1, 61) / 60), (0.5, 0.99, 1.3)])
def test_all_looks_together_spend_alpha(fractions: tuple[float, ...]) -> None:
    assert power(fractions, bounds(fractions), 0.0)[0] == pytest.approx(0.05, abs=1e-4)


def test_after_the_planned_number_nothing_may_be_called() -> None:
    limits = bounds((0.5, 1.0, 1.1, 1.2))
    assert limits[2:] == (np.inf, np.inf)
    assert limits[:2] == pytest.approx(bounds((0.5, 1.0)))


def test_a_later_look_changes_no_earlier_bound() -> None:
    assert bounds((0.3, 0.6, 1.0))[:2] == bounds((0.3, 0.6))


def test_power_is_that_of_simulated_walks() -> None:
    rng, t = np.random.default_rng(9), np.arange(1, 11) / 10
    walks = (rng.normal(0.28, np.sqrt(0.1), (40_000, 10))).cumsum(1) / np.sqrt(t)
    limits = bounds(tuple(t.tolist()))
    assert power(tuple(t.tolist()), limits, 2.8)[0] == pytest.approx((np.abs(walks) >= limits).any(1).mean(), abs=0.006)


def test_spending_grows_to_alpha() -> None:
    shares = [spent(t) for t in (0.1, 0.5, 0.9, 1.0, 2.0)]
    assert shares == sorted(shares)
    assert shares[-1] == 0.05
    assert spent(0.999999) == pytest.approx(0.05, abs=1e-5)
    assert norm.sf(1.96) * 2 == pytest.approx(spent(1.0), abs=1e-4)
