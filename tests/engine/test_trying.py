"""A share of a loop's units tries something new: who gets it, what is logged, and when it goes back by itself."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec import structs

from salience import Engine
from salience.events import DecideRequest, InvalidInput, LoopSettings
from salience.events.loops import Canary, RankAction
from salience.optimise.bandit.guarded import compared
from salience.optimise.bandit.trial import Counts

ACTIONS = tuple(RankAction(name) for name in ("poor", "good"))
WAIT = 1_000


class Clock:
    """Told, not asked."""

    now = 1_000_000

    def __call__(self) -> int:
        return self.now


def opened() -> tuple[Engine, Clock]:
    clock = Clock()
    engine = Engine.in_memory(clock=clock)
    engine.steer("default", LoopSettings(policy="thompson-bernoulli", wait_ms=WAIT))
    return engine, clock


def asked(engine: Engine, at: int, unit: str = "", reward: float | None = None) -> str:
    made = engine.decide(DecideRequest(actions=ACTIONS, event_id=f"e{at}", unit_id=unit or f"u{at}"))
    if reward is not None:
        engine.reward(f"e{at}", reward)
    return made.side.arm if made.side else ""


def test_a_unit_stays_on_its_side_and_the_side_is_logged_with_its_share() -> None:
    engine, _ = opened()
    with engine:
        assert asked(engine, 0) == ""
        engine.canary("default", Canary(0.3, policy="uniform"))
        arms = [asked(engine, at, unit=f"u{at % 40}") for at in range(1, 161)]
        assert all(arms[at] == arms[at + 40] for at in range(120))
        assert 4 <= arms[:40].count("canary") <= 20
        told = engine.decide(DecideRequest(actions=ACTIONS, event_id="e1"))
        assert told.side is not None
        assert told.side.share == 0.3
        for at in range(1, 161):
            made = engine.decide(DecideRequest(actions=ACTIONS, event_id=f"e{at}"))
            assert made.policy == ("uniform" if arms[at - 1] == "canary" else "thompson-bernoulli")
        assert engine.replay("e7").same


def test_a_new_trial_draws_anew() -> None:
    engine, _ = opened()
    with engine:
        sides = []
        for trial in range(2):
            engine.canary("default", Canary(0.5, policy="uniform"))
            sides.append([asked(engine, 100 * trial + at, unit=f"u{at}") for at in range(60)])
            engine.end_canary()
        both = sum(one == two for one, two in zip(*sides, strict=True))
        assert 15 <= both <= 45


def earn(engine: Engine, clock: Clock, count: int, rates: dict[str, float]) -> None:
    rng = np.random.default_rng(0)
    for at in range(count):
        clock.now += 10
        arm = asked(engine, at)
        engine.reward(f"e{at}", float(rng.random() < rates[arm]))
    clock.now += 2 * WAIT
    asked(engine, count)  # time is that of the log


def test_a_side_that_is_surely_worse_goes_back_by_itself_and_the_chain_says_why() -> None:
    engine, clock = opened()
    with engine:
        begun = engine.canary("default", Canary(0.5, policy="uniform", units=400))
        assert begun.report.metrics[0].verdict == "not enough data"
        earn(engine, clock, 300, {"stable": 0.8, "canary": 0.2})
        found = engine.guard()
        assert [(one.loop, one.returned) for one in found.loops] == [("default", True)]
        assert "surely worse" in found.loops[0].verdict
        assert engine.alarms.loops == found.loops
        assert asked(engine, 900) == ""
        assert [row.action for row in engine.audit_trail()][-1] == "canary returned"
        assert engine.guard().loops == ()
        with pytest.raises(InvalidInput, match="tries nothing"):
            engine.tried()


def test_a_side_as_good_stays_and_is_adopted_once_that_is_sure() -> None:
    engine, clock = opened()
    with engine:
        engine.canary("default", Canary(0.5, policy="uniform", margins={"reward": 0.25}, units=400))
        with pytest.raises(InvalidInput, match="too early"):
            engine.end_canary(adopt=True)
        earn(engine, clock, 500, {"stable": 0.5, "canary": 0.55})
        assert engine.guard().loops == ()
        assert engine.tried().report.holds
        assert engine.end_canary(adopt=True).settings.policy == "uniform"
        assert asked(engine, 900) == ""


def test_sides_that_learn_apart_do_not_teach_each_other() -> None:
    engine, clock = opened()
    with engine:
        engine.canary("default", Canary(0.5, policy="thompson-gaussian", apart=True))
        earn(engine, clock, 100, {"stable": 1.0, "canary": 0.0})
        loop = engine.follower.loops.of("default")
        assert loop.trial is not None
        assert loop.trial.learner is not None
        assert all(earned == trials > 0 for trials, earned in loop.learner.counts.values())
        assert all(earned == 0 < trials for trials, earned in loop.trial.learner.counts.values())
        apart = loop.trial.learner
        engine.end_canary(adopt=True, force=True)
        assert engine.follower.loops.of("default").learner is apart
        assert engine.replay("e50").same


def test_what_answers_is_not_changed_under_a_trial() -> None:
    engine, _ = opened()
    with engine:
        for wrong in (
            Canary(0.1),
            Canary(0.1, version="never"),
            Canary(0.1, policy="bootstrap"),
            Canary(0.1, policy="thompson-gaussian"),
        ):
            with pytest.raises(InvalidInput):
                engine.canary("default", wrong)
        engine.canary("default", Canary(0.1, policy="uniform"))
        with pytest.raises(InvalidInput, match="tries something already"):
            engine.canary("default", Canary(0.2, policy="softmax"))
        engine.steer("default", LoopSettings(policy="softmax"))
        with pytest.raises(InvalidInput, match="tries nothing"):
            engine.tried()
        engine.steer("default", LoopSettings(mode="loggingOnly"))
        with pytest.raises(InvalidInput, match="loggingOnly"):
            engine.canary("default", Canary(0.1, policy="uniform"))


def test_decisions_count_when_their_wait_is_over_and_not_when_a_reward_comes() -> None:
    engine, clock = opened()
    with engine:
        engine.canary("default", Canary(0.5, policy="uniform"))
        for at in range(30):
            asked(engine, at, reward=1.0)
        told = engine.tried().report
        assert (told.stable.decisions, told.canary.decisions) == (0, 0)
        clock.now += 2 * WAIT
        asked(engine, 99)
        told = engine.tried().report
        assert told.stable.decisions + told.canary.decisions == 30


@pytest.mark.parametrize(("rate", "sign"), [(0.3, 1.0), (0.02, 1.0), (0.002, -1.0)])
def test_a_side_that_is_no_worse_is_rarely_sent_back(rate: float, sign: float) -> None:
    rng = np.random.default_rng(1)
    canary, back = Canary(0.05, units=5_000), 0
    for _ in range(60):
        new, count = rng.random(5_000) < canary.share, np.asarray(1.0 + rng.poisson(1.0, 5_000), np.float64)
        earned = np.asarray(sign * rng.binomial(count.astype(int), rate), np.float64)
        looks = (Counts(new[:n], count[:n], {"reward": earned[:n]}) for n in range(250, 5_001, 250))
        back += any(compared(canary, look, {}).broken for look in looks)
    assert back <= 7  # 60 runs at 5 %: P(8 or more) = 1 %


def test_of_a_metric_with_a_negative_weight_less_is_better() -> None:
    rng = np.random.default_rng(0)
    new = rng.random(2_000) < 0.5
    returns = rng.binomial(1, np.where(new, 0.6, 0.2)).astype(float)
    canary = Canary(0.5, margins={"refund": 0.05}, units=2_000)
    counts = Counts(new, np.ones(2_000), {"refund": returns})
    assert compared(canary, counts, {"refund": -1.0}).broken
    assert not compared(canary, counts, {}).broken
    assert structs.asdict(compared(canary, counts, {}))["metrics"][0].verdict == "holds"
