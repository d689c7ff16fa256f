"""Gamma-gamma against its own process, and against arithmetic."""

from __future__ import annotations

import numpy as np
import pytest

from salience.events.fault import InvalidInput
from salience.mine.gammagamma import GammaGamma, fit
from salience.mine.purchases import Summary


def summary(x: list[float], z: list[float]) -> Summary:
    nothing = np.zeros(len(x))
    return Summary(np.arange(len(x)), np.array(x), nothing, nothing, np.array(z))


def test_the_mean_of_all_draws_those_who_bought_seldom() -> None:
    model = GammaGamma(p=6, q=4, gamma=15, log_likelihood=0)
    none, one, many = model.expected(summary([0, 1, 50], [0, 100, 100]))
    assert none == pytest.approx(30)  # p gamma / (q - 1)
    assert none < one < many < 100


def test_a_drawn_world_comes_back_in_any_currency() -> None:
    rng = np.random.default_rng(3)
    x = rng.integers(1, 6, 3000).astype(float)
    scale = rng.gamma(4.0, 1 / 15, 3000)
    z = rng.gamma(6 * x) / scale / x
    model = fit(summary(x.tolist(), z.tolist()))
    assert model.p == pytest.approx(6, rel=0.2)
    assert model.p * model.gamma / (model.q - 1) == pytest.approx(30, rel=0.05)
    cents = fit(summary(x.tolist(), (z * 100).tolist()))
    assert cents.gamma == pytest.approx(100 * model.gamma, rel=1e-3)


def test_without_values_it_is_refused() -> None:
    with pytest.raises(InvalidInput, match="too few"):
        fit(summary([1, 2], [0, 0]))
