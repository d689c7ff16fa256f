"""Every learner finds the half that gains; a world in which nobody differs gets no answer."""

from __future__ import annotations

import numpy as np
import pytest

from salience.events.fault import InvalidInput
from salience.optimise.uplift.base import Boosted, Linear
from salience.optimise.uplift.forest import UpliftForest
from salience.optimise.uplift.meta import Learner, SLearner, TLearner
from salience.optimise.uplift.residual import RLearner, XLearner
from salience.optimise.uplift.study import LEARNERS, study
from salience.optimise.uplift.trial import Trial, folds
from tests.optimise.uplift.worlds import halves

FEW = (SLearner(Linear(), interactions=True), TLearner(Linear()), UpliftForest(trees=5))


@pytest.mark.parametrize("learner", LEARNERS[1:], ids=lambda one: one.name)
def test_who_gains_is_found_and_the_seed_decides_all(learner: Learner) -> None:
    world, tau = halves()
    gain = learner.fit(world, seed=3)(world.x)
    assert gain[tau > 0].mean() - gain[tau == 0].mean() > 0.08
    assert gain.mean() == pytest.approx(0.15, abs=0.05)
    assert np.array_equal(gain, learner.fit(world, seed=3)(world.x))


def test_r_and_x_learners_allow_for_a_treatment_that_depends_on_the_person() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(6000, 3))
    chance = 1 / (1 + np.exp(-1.5 * x[:, 0]))
    treated = (rng.random(6000) < chance).astype(int)
    world = Trial.of(x, treated, x[:, 0] + treated * 0.5 + rng.normal(size=6000), np.clip(chance, 0.02, 0.98))
    naive = world.outcome[treated == 1].mean() - world.outcome[treated == 0].mean()
    assert naive > 1
    for learner in (RLearner(Linear(), Linear()), XLearner(Linear(), Linear())):
        assert learner.fit(world, seed=0)(x).mean() == pytest.approx(0.5, abs=0.12)


def test_one_tree_splits_where_the_gain_changes() -> None:
    world, _ = halves(6000)
    gain = UpliftForest(trees=1, depth=1, divergence="euclid").fit(world, seed=0)(world.x)
    values, counts = np.unique(gain, return_counts=True)
    assert len(values) == 2
    assert counts[1] == pytest.approx(3000, abs=400)
    assert values == pytest.approx([0.0, 0.3], abs=0.06)


def test_people_who_differ_are_usable() -> None:
    world, tau = halves()
    found = study(world, learners=FEW)
    assert found.usable
    assert 0 < found.qini.low < found.qini.value
    gain = found.gain(world.x)
    assert gain[tau > 0].mean() == pytest.approx(0.3, abs=0.08)
    assert gain[tau == 0].mean() == pytest.approx(0.0, abs=0.08)
    assert [c.qini.value for c in found.candidates] == sorted((c.qini.value for c in found.candidates), reverse=True)
    assert any(c.used for c in found.candidates)


def test_one_gain_for_all_is_no_usable_difference() -> None:
    false = sum(study(halves(1000, seed=seed, same=True)[0], learners=FEW[:2]).usable for seed in range(12))
    assert false <= 2


def test_a_score_does_not_depend_on_who_else_is_tried() -> None:
    world, _ = halves(1000)
    alone = study(world, learners=FEW[:1]).candidates[0]
    among = next(c for c in study(world, learners=FEW).candidates if c.name == alone.name)
    assert among.qini == alone.qini


def test_money_is_learned_too() -> None:
    world, tau = halves(4000)
    money = Trial.of(world.x, world.treated, world.outcome * 40)
    found = study(money, learners=(TLearner(Linear()), SLearner(Boosted()), UpliftForest(trees=3)))
    assert [c.name for c in found.candidates if c.name == "forest-kl"] == []
    gain = found.gain(world.x)
    assert gain[tau > 0].mean() - gain[tau == 0].mean() == pytest.approx(12, abs=5)


def test_folds_are_balanced() -> None:
    world, _ = halves(1000)
    fold = folds(world, 5, 0)
    for part in range(5):
        assert world.treated[fold == part].mean() == pytest.approx(world.treated.mean(), abs=0.01)


@pytest.mark.parametrize(
    ("arms", "outcome", "named"),
    [([0, 2] * 30, [0.0] * 60, "treated"), ([0] * 60, [0.0] * 60, "treated"), ([0, 1] * 30, [np.nan] * 60, "outcome")],
)
def test_what_is_no_experiment_is_refused(arms: list[int], outcome: list[float], named: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Trial.of(np.zeros((60, 1)), np.array(arms), np.array(outcome))
    assert caught.value.parameter == named
