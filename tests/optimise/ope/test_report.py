"""A log speaks about policies near its own, and says so when it cannot."""

from __future__ import annotations

import numpy as np
import pytest

from salience.events.fault import InvalidInput
from salience.optimise.ope.log import Log
from salience.optimise.ope.report import judge, learned, uniform
from salience.optimise.ope.support import support
from tests.optimise.ope.worlds import K, choices


def test_a_better_policy_is_called_better_and_the_same_one_is_not() -> None:
    log, target, truth = choices(3000, seed=0)
    found = judge(log, {"target": target, "uniform": uniform(log), "learned": learned(log)})
    best, same, own = found.policies
    assert best.better
    assert best.low <= truth <= best.high
    assert not same.better
    assert "no difference" in same.verdict
    assert own.better
    assert found.calibration == pytest.approx(1, abs=0.05)
    assert [one.name for one in best.estimates] == [
        "joined", "IPS", "SNIPS", "DR", "SNDR", "DM", "Switch-DR", "DRos",
    ]  # fmt: skip
    assert sum(best.estimates[0].settings.values()) == pytest.approx(1)


def test_a_worse_policy_is_called_worse() -> None:
    log, _, _ = choices(4000, seed=0, behaviour=4.0)
    _, worst, _ = choices(4000, seed=0, target=-3.0)
    assert "earns less" in judge(log, {"worst": worst}).policies[0].verdict


def test_far_away_is_not_to_be_trusted() -> None:
    log, _, _ = choices(300, seed=0, behaviour=8.0)
    _, far, _ = choices(300, seed=0, target=-40.0)
    found = judge(log, {"far": far}).policies[0]
    assert found.verdict.startswith("not to be trusted: the effective sample size")
    assert not found.better


def test_wrong_probabilities_show_in_the_mean_weight() -> None:
    log, target, _ = choices(3000, seed=0)
    wrong = Log.of(log.action, log.reward, log.chance * 0.8, actions=K, x=log.x)
    assert support(log, target).trustworthy
    assert "mean weight" in support(wrong, target).faults[0]


def test_actions_that_were_never_shown_are_no_support() -> None:
    log, target, _ = choices(3000, seed=0)
    wider = Log.of(log.action, log.reward, log.chance, actions=K + 1)
    lost = np.hstack([0.7 * target, np.full((3000, 1), 0.3)])
    found = support(wider, lost)
    assert found.without_support == pytest.approx(0.3)
    assert "never shows" in found.faults[0]


def test_a_target_of_logged_actions_alone_is_weighed_and_not_modelled() -> None:
    log, target, _ = choices(2000, seed=0)
    alone = target[np.arange(2000), log.action]
    found = judge(log, {"alone": alone}).policies[0]
    assert [one.name for one in found.estimates] == ["IPS", "SNIPS"]


def test_the_difference_from_the_log_is_judged_on_the_same_choices() -> None:
    log, _, _ = choices(2000, seed=0)
    near = 0.9 * uniform(log)
    near[:, 0] += 0.1
    found = judge(log, {"near": near}).policies[0]
    apart = np.hypot((found.high - found.low) / 2, 1.96 * log.reward.std() / 2000**0.5)
    assert (found.gain.high - found.gain.low) / 2 < 0.5 * apart  # both earn mostly the same rewards
    assert found.gain.value == pytest.approx(found.value - log.reward.mean())


def test_rows_that_are_no_distribution_are_refused() -> None:
    log, target, _ = choices(100, seed=0)
    with pytest.raises(InvalidInput):
        judge(log, {"half": target / 2})
