"""What every policy owes: probabilities that are those of the draw, none of them 0, and more for what is better."""

from __future__ import annotations

import numpy as np
import pytest

from salience.events.fault import InvalidInput
from salience.optimise.bandit.beliefs import Beliefs
from salience.optimise.bandit.features import NOTHING, Named
from salience.optimise.bandit.play import play
from salience.optimise.bandit.policies import FLOOR, POLICIES, Policy, named
from salience.optimise.worlds.linear import linear

EVERY = pytest.mark.parametrize("policy", list(POLICIES.values()), ids=list(POLICIES))


def beliefs(means: list[float], deviation: float = 0.5, trials: float = 50.0) -> Beliefs:
    mean = np.array(means)
    rate = 1 / (1 + np.exp(-mean))
    flat = np.full(len(mean), deviation)
    count = np.full(len(mean), trials)
    return Beliefs(mean, flat, rate, count, count * rate, np.array([mean, mean + 0.01]))


@EVERY
def test_probabilities_are_a_distribution_with_a_floor(policy: Policy) -> None:
    for means in ([0.0], [0.0, 0.0], [3.0, -2.0, 0.5], list(np.linspace(-4, 4, 50))):
        chance = policy.probabilities(beliefs(means))
        assert chance.sum() == pytest.approx(1, abs=1e-9)
        assert chance.min() >= FLOOR / len(means) * (1 - 1e-9)


@EVERY
def test_equal_actions_are_chosen_alike_and_order_does_not_matter(policy: Policy) -> None:
    assert policy.probabilities(beliefs([0.3, 0.3, 0.3])) == pytest.approx([1 / 3] * 3, abs=1e-6)
    forth, back = policy.probabilities(beliefs([1.0, 0.0, -1.0])), policy.probabilities(beliefs([-1.0, 0.0, 1.0]))
    assert forth == pytest.approx(back[::-1], abs=1e-9)


@EVERY
def test_the_better_is_chosen_more_often_unless_nothing_is_looked_at(policy: Policy) -> None:
    chance = policy.probabilities(beliefs([1.5, 0.0, -1.5]))
    assert bool(chance[0] > chance[2]) is (policy.name != "uniform")


@EVERY
def test_every_policy_but_uniform_learns(policy: Policy) -> None:
    world = linear(0, rounds=400, actions=3, features=2)
    found = play(world, policy, seed=0)
    assert found.least > 0
    looks = policy.name not in ("uniform", "thompson-bernoulli")  # the latter looks at no context
    assert found.regret < (85 if looks else 125)


def test_the_same_seed_gives_the_same_choices() -> None:
    world = linear(1, rounds=200)
    assert play(world, POLICIES["bootstrap"], seed=3) == play(world, POLICIES["bootstrap"], seed=3)


def test_thompson_is_the_chance_of_the_largest_draw() -> None:
    mean, deviation = np.array([0.0, 0.4, -1.0, 0.2]), np.array([1.0, 0.3, 2.0, 0.1])
    draws = np.random.default_rng(0).normal(mean, deviation, size=(400_000, 4)).argmax(1)
    asked = Beliefs(mean, 2 * deviation, *[mean] * 3)  # the default takes half of the deviation
    chance = POLICIES["thompson-logistic"].chooser.probabilities(asked)
    assert chance == pytest.approx(np.bincount(draws) / len(draws), abs=0.004)


def test_a_learner_of_features_knows_what_a_new_action_is_like() -> None:
    learner = POLICIES["thompson-logistic"].learner()
    tea, rice = Named(("kind=tea",), (1.0,)), Named(("kind=rice",), (1.0,))
    for at in range(200):
        learner.learn(NOTHING, f"tea{at % 5}", tea, 1.0, key=str(at))
        learner.learn(NOTHING, f"rice{at % 5}", rice, 0.0, key=str(at))
    found = learner.beliefs(NOTHING, ["new tea", "new rice"], [tea, rice])
    assert found.expected[0] > 0.6 > 0.4 > found.expected[1]


def test_an_unknown_policy_is_refused_and_epsilon_can_be_set() -> None:
    with pytest.raises(InvalidInput, match="is no policy"):
        named("thomson")
    assert named("epsilon-greedy", explore=0.3, floor=0.0).probabilities(beliefs([1.0, 0.0])) == pytest.approx(
        [0.85, 0.15]
    )
