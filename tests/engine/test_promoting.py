"""What a loop's log says of other policies, and when the gate opens."""

from __future__ import annotations

import numpy as np
import pytest

from salience import Engine
from salience.engine.promoting import gate
from salience.events import DecideRequest, InvalidInput, LoopSettings
from salience.events.loops import RankAction

ACTIONS = tuple(RankAction(name) for name in ("poor", "good", "fair"))
RATES = {"poor": 0.2, "good": 0.7, "fair": 0.4}


def lived(engine: Engine, count: int, settings: LoopSettings, *, unit: str = "") -> None:
    engine.steer("default", settings)
    rng = np.random.default_rng(0)
    for at in range(count):
        made = engine.decide(
            DecideRequest(actions=ACTIONS, event_id=f"{settings.mode}{at}", unit_id=unit and f"{unit}{at}")
        )
        engine.reward(f"{settings.mode}{at}", float(rng.random() < RATES[made.placed[0].chosen]))


def test_an_apprentice_that_shares_its_choices_is_judged_and_promoted() -> None:
    with Engine.in_memory() as engine:
        lived(engine, 700, LoopSettings(mode="apprentice", apprentice_share=0.5))
        told = engine.report(policies=("uniform",))
        by_name = {one.policy: one for one in told.slots[""].policies}
        assert by_name["baseline"].low <= 0.2 + 0.05
        assert by_name["candidate"].value == pytest.approx(0.68, abs=0.1)
        assert by_name["uniform"].value == pytest.approx(np.mean(list(RATES.values())), abs=0.15)
        promoted = engine.promote()
        assert (promoted.passed, promoted.mode) == (True, "online")
        assert engine.loop().settings.mode == "online"
        with pytest.raises(InvalidInput):
            engine.promote()


def test_an_apprentice_that_only_imitates_stays() -> None:
    with Engine.in_memory() as engine:
        lived(engine, 150, LoopSettings(mode="apprentice"))
        stays = engine.promote()
        assert not stays.passed
        assert "apprentice share" in stays.why
        assert engine.promote(force=True).passed


def test_too_little_is_said_to_be_too_little() -> None:
    with Engine.in_memory() as engine:
        lived(engine, 5, LoopSettings(mode="apprentice", apprentice_share=0.5))
        assert gate(engine.report()) == (False, "not enough data: 5 decisions can be judged")


def test_units_held_out_always_get_the_baseline_and_are_told_apart() -> None:
    with Engine.in_memory() as engine:
        lived(engine, 200, LoopSettings(holdout=0.3), unit="u")
        told = engine.report(bucket_ms=60_000)
        held, mean = told.holdout
        assert 40 < held < 80
        assert mean == pytest.approx(0.2, abs=0.15)
        assert told.left_out["mode holdout"] == held
        assert told.series[""]["candidate"]
        again = engine.decide(DecideRequest(actions=ACTIONS, event_id="online0"))
        other = engine.decide(DecideRequest(actions=ACTIONS, event_id="x", unit_id=again.user))
        assert other.mode == again.mode
