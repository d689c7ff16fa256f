"""Half gains 0.3 and half nothing: treating the better half gains 0.15 a person, a random half 0.075."""

from __future__ import annotations

import numpy as np
import pytest

from salience.events.fault import InvalidInput
from salience.optimise.uplift.worth import audience, effect, worth
from tests.optimise.uplift.worlds import halves


def test_the_better_half_gains_twice_a_random_half() -> None:
    world, tau = halves(20_000)
    line = {found.share: found for found in worth(tau, world)}[0.5]
    assert line.gain.low < 0.15 < line.gain.high
    assert line.gain.value == pytest.approx(0.15, abs=0.015)
    assert line.random == pytest.approx(0.075, abs=0.01)


def test_a_cost_ends_the_audience_where_nobody_gains() -> None:
    world, tau = halves(20_000)
    found = audience(tau, world, usable=True, cost=0.05)
    assert found.share == pytest.approx(0.5, abs=0.1)
    assert found.threshold is not None


def test_a_budget_is_kept() -> None:
    world, tau = halves(20_000)
    assert audience(tau, world, usable=True, budget=0.25).share == 0.25


def test_without_differences_it_is_everybody_or_nobody() -> None:
    world, tau = halves(20_000, same=True)
    assert audience(tau, world, usable=False).share == 1.0
    assert audience(tau, world, usable=False, cost=0.5).share == 0.0


def test_the_interval_of_the_effect_covers() -> None:
    found = [effect(halves(500, seed=seed)[0]) for seed in range(200)]
    assert 0.90 <= np.mean([one.low <= 0.15 <= one.high for one in found]) <= 0.99


def test_no_budget_is_refused() -> None:
    world, tau = halves(200)
    with pytest.raises(InvalidInput):
        audience(tau, world, usable=True, budget=0.0)
