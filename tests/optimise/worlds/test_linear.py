"""The worlds are those that are published: the same draws from the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from salience.events.fault import InvalidInput
from salience.optimise.worlds.delays import all_late, some_late
from salience.optimise.worlds.drift import drifting
from salience.optimise.worlds.labels import labels
from salience.optimise.worlds.linear import linear
from salience.optimise.worlds.slate import slate


def test_e1_draws_theta_contexts_and_uniforms_in_that_order() -> None:
    rng = np.random.default_rng(3)
    theta, x, luck = rng.normal(size=(10, 10)), rng.normal(size=(50, 10)) / np.sqrt(10), rng.random(50)
    world = linear(3, rounds=50)
    assert np.array_equal(world.luck, luck)
    assert np.allclose(world.chance, 1 / (1 + np.exp(-(2 * x @ theta.T - 1.5))))
    assert world.reward(0, 2) == float(luck[0] < world.chance[0, 2])


def test_e2_turns_halfway_and_only_then() -> None:
    still, turning = linear(0, rounds=40), linear(0, rounds=40, turns=True)
    assert np.array_equal(still.chance[:20], turning.chance[:20])
    assert not np.allclose(still.chance[20:], turning.chance[20:])


def test_a_world_that_drifts_moves_and_with_rho_one_does_not() -> None:
    still = drifting(0, rounds=200, rho=1.0, every=50)
    moved = drifting(0, rounds=200, rho=0.5, every=50)
    assert np.allclose(still.chance[:50], moved.chance[:50])
    assert not np.allclose(still.chance[50:], moved.chance[50:])


def test_late_rewards() -> None:
    assert all_late(3, 5).tolist() == [5, 5, 5]
    assert some_late(2000, 5, 0.3, seed=0).mean() == pytest.approx(1.5, abs=0.2)


def test_labels_reward_the_right_action_alone() -> None:
    world = labels(np.arange(4.0)[:, None], np.eye(2)[[0, 1, 0, 1]], seed=0)
    for at in range(4):
        right = int(world.x[at, 0]) % 2
        assert (world.reward(at, right), world.reward(at, 1 - right)) == (1.0, 0.0)
    with pytest.raises(InvalidInput):
        labels(np.zeros((2, 1)), np.full((2, 2), 3.0), seed=0)


def test_a_page_is_read_from_the_top_and_worth_what_its_clicks_say() -> None:
    world = slate(0, rounds=3000, actions=3, length=2)
    page = [0, 1]
    clicks = [world.click(at, page) >= 0 for at in range(3000)]
    assert np.mean(clicks) == pytest.approx(np.mean([world.value(at, page) for at in range(3000)]), abs=0.03)
    assert all(world.best(at, 2) >= world.value(at, page) - 1e-12 for at in range(50))
