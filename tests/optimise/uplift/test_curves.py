"""Fixed vectors: the expected values are those of scikit-uplift 0.5.1 on the same numbers."""

from __future__ import annotations

import numpy as np
import pytest

from salience.optimise.uplift.curves import Curve, resamples, span
from salience.optimise.uplift.trial import Trial
from tests.optimise.uplift.worlds import halves

Y = [0, 0, 0, 1, 1, 0, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 1, 1, 0, 0, 0, 0, 0,
     0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 1, 1, 1, 0, 1, 0, 0]  # fmt: skip
SCORE = [-0.7, 0.2, -0.5, 0.1, -1.2, -0.6, -0.2, 0.9, 1.1, -1.3, -0.8, 0.6, -2.0, -0.5, -0.1,
         1.3, 0.7, -0.3, -0.4, -0.3, 1.5, -0.4, -0.3, 0.4, -0.1, -0.2, -1.1, 0.0, -0.4, 1.2,
         0.7, 0.0, 0.7, -0.3, 1.1, 0.0, 0.6, -1.3, 0.3, -1.7, -2.0, -0.3, -0.9, 0.2, 2.2,
         -0.8, -0.6, 0.2, 0.5, -0.2, -0.2, 0.7, 0.5, -1.0, -0.1, 0.0, -1.1, 0.3, -0.9, 1.0]  # fmt: skip


def trial() -> Trial:
    return Trial.of(np.zeros((60, 1)), np.arange(60) % 2, np.array(Y, float))


def test_fixed_vectors() -> None:
    curve = Curve.of(np.array(SCORE), trial())
    assert curve.qini() == pytest.approx(-0.03361931692657736, abs=1e-12)
    assert curve.auuc() == pytest.approx(-0.042285236441626635, abs=1e-12)
    assert curve.top(0.3) == pytest.approx(-0.025, abs=1e-12)


def test_one_score_for_all_is_random() -> None:
    curve = Curve.of(np.ones(60), trial())
    assert curve.qini() == pytest.approx(0, abs=1e-12)
    assert curve.auuc() == pytest.approx(0, abs=1e-12)


def test_the_best_order_has_1() -> None:
    world = trial()
    best = world.outcome * world.treated - world.outcome * (1 - world.treated)
    assert Curve.of(best, world).qini() == pytest.approx(1)


def test_a_random_score_is_0_within_its_interval_and_the_true_one_is_not() -> None:
    world, tau = halves(4000)
    weights = resamples(len(world), 0)
    for score, real in ((np.random.default_rng(1).random(4000), False), (tau, True)):
        curve = Curve.of(score, world)
        found = span(curve.qini(), [curve.qini(weight) for weight in weights])
        assert (found.low > 0) is real


def test_an_outcome_in_money_is_scaled_by_the_rows() -> None:
    world, tau = halves(2000)
    money = Trial.of(world.x, world.treated, world.outcome * 10)
    twice = Trial.of(world.x, world.treated, world.outcome * 20)
    assert Curve.of(tau, twice).qini() == pytest.approx(2 * Curve.of(tau, money).qini())
