"""Against the truth: no bias over many logs, and intervals that cover it as often as they say."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from salience.events.fault import InvalidInput
from salience.optimise.ope.direct import dm, reward_model
from salience.optimise.ope.log import Estimate, Floats, Log
from salience.optimise.ope.robust import dr, sndr
from salience.optimise.ope.shrinkage import dros, switch_dr
from salience.optimise.ope.weighting import ips, snips
from tests.optimise.ope.worlds import K, choices

RUNS = 120


def flat(log: Log) -> Floats:
    """A reward model that knows nothing."""
    return np.full((len(log), K), 0.2)


@pytest.mark.parametrize(
    "estimator",
    [ips, snips, lambda log, pi: dr(log, pi, flat(log)), lambda log, pi: sndr(log, pi, flat(log)),
     lambda log, pi: dros(log, pi, flat(log)), lambda log, pi: switch_dr(log, pi, flat(log)),
     lambda log, pi: dm(log, pi, flat(log), dr(log, pi, flat(log)))],
    ids=["IPS", "SNIPS", "DR", "SNDR", "DRos", "Switch-DR", "DM"],
)  # fmt: skip
def test_intervals_cover_whatever_the_model_says(estimator: Callable[[Log, Floats], Estimate]) -> None:
    covered, values = 0, []
    for seed in range(RUNS):
        log, target, truth = choices(600, seed=seed)
        found = estimator(log, target)
        covered += found.low <= truth <= found.high
        values.append(found.value)
    assert covered >= 0.89 * RUNS  # 95 % less three standard errors
    if found.name in {"IPS", "SNIPS", "DR", "SNDR"}:
        assert np.mean(values) == pytest.approx(truth, abs=3 * float(np.std(values)) / RUNS**0.5)


def test_a_fitted_model_makes_dr_narrow_and_leaves_it_right() -> None:
    covered, widths = 0, []
    for seed in range(30):
        log, target, truth = choices(600, seed=seed)
        found = dr(log, target, reward_model(log, seed=0))
        covered += found.low <= truth <= found.high
        widths.append(found.width / ips(log, target).width)
    assert covered >= 26
    assert np.mean(widths) < 0.9


def test_self_normalised_intervals_are_no_wider_than_half_where_rewards_are_high() -> None:
    log, target, _ = choices(4000, seed=0, behaviour=-3.0, target=8.0)
    high = Log.of(log.action, log.reward * 0 + 0.9 + 0.1 * log.reward, log.chance, actions=K, x=log.x)
    assert snips(high, target).width < 0.5 * ips(high, target).width


def test_a_log_of_the_target_itself_is_its_mean() -> None:
    log, _, _ = choices(500, seed=1)
    same = np.full((500, K), 1 / K)
    for found in (ips(log, same), snips(log, same)):
        assert found.value == pytest.approx(log.reward.mean())


def test_shifting_rewards_shifts_the_self_normalised_estimate_by_as_much() -> None:
    log, target, _ = choices(500, seed=1)
    moved = Log.of(log.action, log.reward + 7, log.chance, actions=K)
    assert snips(moved, target).value == pytest.approx(snips(log, target).value + 7)


def test_the_reward_model_has_not_seen_its_rows() -> None:
    log, _, _ = choices(300, seed=2)
    other = Log.of(
        log.action, np.where(np.arange(300) == 7, 1 - log.reward, log.reward), log.chance, actions=K, x=log.x
    )
    assert np.array_equal(reward_model(log, seed=0)[7], reward_model(other, seed=0)[7])
    assert np.array_equal(reward_model(log, seed=0), reward_model(log, seed=0))


@pytest.mark.parametrize(
    ("action", "reward", "chance", "named"),
    [([0, 1], [1.0, 0.0], [0.5, 0.0], "probability"), ([0], [1.0], [0.5], "log"),
     ([0, 1], [1.0, np.nan], [0.5, 0.5], "reward")],
)  # fmt: skip
def test_what_is_no_log_is_refused(action: list[int], reward: list[float], chance: list[float], named: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Log.of(np.array(action), np.array(reward), np.array(chance))
    assert caught.value.parameter == named
