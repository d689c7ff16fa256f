from __future__ import annotations

import numpy as np
import pytest

from salience.optimise.experiments.cuped import adjusted, filled
from salience.optimise.experiments.pair import means
from salience.optimise.experiments.sums import Sums


def _arm(n: int, rng: np.random.Generator, rho: float = 0.8) -> np.ndarray:
    x = rng.normal(5, 1, n)
    return np.stack([10 + rho * x + np.sqrt(1 - rho**2) * rng.normal(size=n), x], axis=1)


def test_the_stated_variances_are_those_of_many_runs() -> None:
    rng = np.random.default_rng(7)
    a, b = (Sums.of(np.stack([_arm(60 + 60 * arm, rng) for _ in range(3000)])) for arm in range(2))
    pair = adjusted(a, b, 0, 1)
    assert pair.difference.var() == pytest.approx(pair.variance.mean(), rel=0.08)
    assert pair.control.var() == pytest.approx(pair.var_control.mean(), rel=0.08)
    assert np.cov(pair.control, pair.treated)[0, 1] == pytest.approx(pair.cov.mean(), rel=0.25)
    assert means(a, b, 0).variance.mean() / pair.variance.mean() == pytest.approx(1 / (1 - 0.8**2), rel=0.06)


def test_a_past_that_says_nothing_changes_nothing() -> None:
    rows = np.stack([np.arange(6.0), np.ones(6)], axis=1)
    pair = adjusted(Sums.of(rows), Sums.of(rows + np.array([1.0, 0.0])), 0, 1)
    assert float(pair.difference) == pytest.approx(1.0)


def test_units_without_a_past_stand_at_the_mean() -> None:
    assert filled(np.array([1.0, np.nan, 3.0])).tolist() == [1.0, 2.0, 3.0]
    assert filled(np.array([np.nan, np.nan])).tolist() == [0.0, 0.0]
