"""What people chose, at the gate: it counts at once, and nobody waits for the fold where it can change nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from salience.engine import Engine
from salience.events import Alias, Click, Consent, Identify
from salience.store import home as homes

NO = {"analytics": False, "personalisation": False}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return homes.create(tmp_path / "home").home


def statuses(engine: Engine, *events: object) -> list[str]:
    return [result.status for result in engine.collect(list(events), source="test").results]  # type: ignore[arg-type]


def test_a_choice_counts_from_the_first_event_after_a_restart(home: Path) -> None:
    with Engine.open(home) as engine:
        statuses(engine, Consent(id="c", user="ann", purposes=NO))
    with Engine.open(home) as engine:
        assert statuses(engine, Click(id="1", user="ann", item="tea")) == ["refused"]
        assert statuses(engine, Click(id="2", user="bob", item="tea")) == ["stored"]


def test_a_choice_made_under_one_id_counts_for_the_other_from_the_next_batch_on(home: Path) -> None:
    with Engine.open(home, follow=False) as engine:
        statuses(engine, Consent(id="c", anonymous="v", purposes=NO))
        statuses(engine, Alias(id="a", user="ann", previous="anon:v"))
        assert statuses(engine, Click(id="1", user="ann", item="tea")) == ["refused"]


def test_a_sign_in_before_the_choice_counts_too(home: Path) -> None:
    with Engine.open(home, follow=False) as engine:
        statuses(engine, Alias(id="a", user="ann", previous="anon:v"))
        statuses(engine, Consent(id="c", anonymous="v", purposes=NO))
        assert statuses(engine, Click(id="1", user="ann", item="tea")) == ["refused"]


def test_the_gate_waits_for_no_fold_where_nobody_chose_anything(home: Path) -> None:
    with Engine.open(home, follow=False) as engine:
        statuses(engine, Identify(id="i", user="ann", anonymous="v", traits={"plan": "pro"}))
        statuses(engine, Click(id="1", user="ann", item="tea"))
        assert engine.state.as_of == 0
        statuses(engine, Consent(id="c", user="bob", purposes={"analytics": True}))
        statuses(engine, Identify(id="i2", user="ann", traits={"plan": "free"}))
        as_of = engine.state.as_of
        statuses(engine, Click(id="2", user="ann", item="tea"))
        assert engine.state.as_of == as_of, "traits link nobody"
