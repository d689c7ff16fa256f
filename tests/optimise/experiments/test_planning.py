from __future__ import annotations

import numpy as np
import pytest

from salience.events import InvalidInput
from salience.optimise.experiments.peeking import RULES, called, rates
from salience.optimise.experiments.planning import inflation, plan


def test_a_plan_has_the_power_that_it_promises() -> None:
    made = plan(mean=0.1, sd=0.3, lift=0.12, units_a_day=3000, method="sequential")
    looks = rates(3000, rate=0.1, more=0.012, units=made.units_an_arm, looks=28, seed=1)
    assert called(looks, RULES["sequential, planned N"]).share == pytest.approx(0.79, abs=0.03)


def test_looking_often_costs_units_and_saves_them_on_average() -> None:
    factor, share = inflation("sequential")
    assert 1.0 < factor < 1.1
    assert factor * share < 0.85
    assert inflation("declared")[0] < inflation("anytime")[0] < 2.0


def test_more_arms_and_no_past_cost_more_and_weeks_are_whole() -> None:
    base = plan(mean=1.0, sd=2.0, lift=0.05, units_a_day=1000)
    assert plan(mean=1.0, sd=2.0, lift=0.05, units_a_day=1000, arms=3).units_an_arm > base.units_an_arm
    assert plan(mean=1.0, sd=2.0, lift=0.05, units_a_day=1000, rho=0.7).units == pytest.approx(
        0.51 * base.units, rel=0.01
    )
    assert base.weeks == int(np.ceil(base.days / 7))


def test_what_cannot_be_planned_is_refused() -> None:
    with pytest.raises(InvalidInput, match="lift"):
        plan(mean=1.0, sd=2.0, lift=0.0, units_a_day=1000)
