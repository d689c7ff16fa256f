"""Decide as an engine's verb: rules before the draw, one answer an event id, and a baseline when all else fails."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs

from salience import Engine
from salience.engine import deciding
from salience.events import Consent, DecideRequest, InvalidInput, LoopSettings, NotFound
from salience.events.loops import RankAction, RankSlot
from salience.optimise.bandit.rank import rank
from salience.store import home as homes

ACTIONS = tuple(RankAction(name, [{"kind": name[0]}]) for name in ("tea", "rice", "soap"))


def asked(event: str = "", **more: object) -> DecideRequest:
    return structs.replace(DecideRequest(actions=ACTIONS, event_id=event), **more)


def test_the_same_event_id_is_one_decision_also_after_a_restart(tmp_path: Path) -> None:
    homes.create(tmp_path / "home")
    with Engine.open(tmp_path / "home") as engine:
        first = engine.decide(asked("one"))
        assert engine.decide(asked("one", excluded_actions=("tea",))) == first
    with Engine.open(tmp_path / "home") as engine:
        assert engine.decide(asked("one")) == first
        assert engine.loop().decisions == 1


def test_rules_come_before_the_draw() -> None:
    with Engine.in_memory() as engine:
        told = engine.decide(asked("one", excluded_actions=("tea",), ineligible={"rice": "sold out"})).placed[0]
        assert (told.chosen, told.probabilities, told.baseline) == ("soap", (0.0, 0.0, 1.0), "soap")
        assert told.out == {"tea": "excluded by the caller", "rice": "sold out"}
        capped = (structs.replace(ACTIONS[0], cap=1), structs.replace(ACTIONS[1], budget=0), ACTIONS[2])
        chosen = [engine.decide(asked(f"c{at}", actions=capped, unit_id="ann")).placed[0].chosen for at in range(30)]
        assert chosen.count("tea") <= 1
        assert "rice" not in chosen


def test_a_must_and_a_ban_on_the_same_action_is_refused() -> None:
    with Engine.in_memory() as engine:
        assert engine.decide(asked("m", must_show={"": "soap"})).placed[0].probabilities == (0.0, 0.0, 1.0)
        for wrong in (
            asked("x", must_show={"": "tea"}, excluded_actions=("tea",)),
            asked("x", actions=(ACTIONS[0], ACTIONS[0])),
            asked("x", excluded_actions=("tea", "rice", "soap")),
            asked("x", slots=(RankSlot("a", baseline_action="tea"), RankSlot("b", baseline_action="tea"))),
            asked("x", slots=tuple(RankSlot(s, baseline_action=b, excluded_actions=("rice", "soap")) for s, b in
                                   (("a", "tea"), ("b", "rice")))),
        ):  # fmt: skip
            with pytest.raises(InvalidInput):
                engine.decide(wrong)


def test_a_deadline_that_has_passed_gives_the_baseline_and_teaches_nothing() -> None:
    with Engine.in_memory() as engine:
        told = engine.decide(asked("late", deadline_ms=1e-9))
        assert (told.mode, told.degraded, told.placed[0].chosen) == ("fallback", True, "tea")
        engine.reward("late", 1.0)
        assert engine.loop().lessons == 0
        assert engine.replay("late").same


def test_a_bug_in_choosing_gives_the_baseline(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = rank

    def broken(*args: object, **more: object) -> object:
        if not more.get("failed"):
            raise ZeroDivisionError
        return whole(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(deciding, "rank", broken)
    with Engine.in_memory() as engine:
        told = engine.decide(asked("one"))
        assert (told.mode, told.placed[0].why) == ("fallback", ("choosing failed", "mode fallback"))


def test_a_dry_run_leaves_nothing() -> None:
    with Engine.in_memory() as engine:
        engine.decide(asked("one", dry_run=True))
        assert engine.loop().decisions == 0
        with pytest.raises(NotFound):
            engine.replay("one")


def test_without_exploring_the_best_has_probability_one() -> None:
    with Engine.in_memory() as engine:
        for at in range(30):
            made = engine.decide(asked(f"e{at}"))
            engine.reward(f"e{at}", float(made.placed[0].chosen == "soap"))
        told = engine.decide(asked("best", explore=False)).placed[0]
        assert (told.chosen, max(told.probabilities)) == ("soap", 1.0)


def test_who_may_not_be_personalised_for_leaves_no_trace_of_their_own() -> None:
    with Engine.in_memory() as engine:
        engine.collect([Consent(id="c", user="ann", purposes={"personalisation": False})], source="test")
        told = engine.decide(asked("one", unit_id="ann", context_features=[{"mood": "sad"}]))
        assert told.subject == ""
        assert "sad" not in told.asked
        other = engine.decide(asked("two", unit_id="anon:b", context_features=[{"mood": "sad"}]))
        assert (other.subject, "sad" in other.asked) == ("anon:b", True)


def test_layouts_are_drawn_first_and_learned_from_the_page() -> None:
    with Engine.in_memory() as engine:
        for at in range(60):
            made = engine.decide(asked(f"e{at}", layouts=("list", "grid")))
            assert made.layout is not None
            engine.reward(f"e{at}", float(made.layout.chosen == "grid"))
        layout = engine.decide(asked("last", layouts=("list", "grid"))).layout
        assert layout is not None
        assert layout.probabilities[1] > 0.8
        assert engine.replay("last").same


def test_a_loop_keeps_what_it_knows_when_only_its_way_of_choosing_changes() -> None:
    with Engine.in_memory() as engine:
        for at in range(10):
            engine.decide(asked(f"e{at}"))
            engine.reward(f"e{at}", 1.0)
        engine.steer("default", LoopSettings(policy="bootstrap"))
        assert engine.loop().lessons == 10
        engine.steer("default", LoopSettings(policy="thompson-gaussian"))
        assert engine.loop().lessons == 0
        engine.rollback_loop("default", engine.versions()[0].name)
        assert engine.loop().model == engine.loop().pinned
        with pytest.raises(NotFound):
            engine.rollback_loop("default", "nothing")
