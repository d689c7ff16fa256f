"""An erasure that was promised is carried out, whatever comes between."""

from __future__ import annotations

from pathlib import Path

import pytest

from salience import Engine
from salience.events import InvalidInput
from salience.store import home
from salience.store.backup import backup
from salience.store.faults import Unavailable
from salience.store.sqlite_log import SqliteLog
from tests.trust.erasing import WHO, hits, story


def test_what_a_crash_left_undone_is_done_at_the_next_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = home.create(tmp_path / "shop").home
    with Engine.open(made) as engine:
        engine.collect([*story(WHO, 3), *story("crowd-1", 3)], source="t")
        with monkeypatch.context() as broken:

            def fails(*_given: object, **_named: object) -> None:
                raise Unavailable("the disk is gone")

            broken.setattr(SqliteLog, "erase", fails)
            with pytest.raises(Unavailable):
                engine.erase(WHO)
    assert hits(made)
    with pytest.raises(InvalidInput, match="were erased"), Engine.open(made, read_only=True):
        pass
    with Engine.open(made) as engine:
        assert not hits(made)
        assert engine.verify_erased(WHO).clean
        assert len(engine.log.of_subject("crowd-1")) > 3
        assert [entry.action for entry in engine.audit_trail(limit=-1)][-1] == "erasure carried out"
    with Engine.open(made, read_only=True) as engine:
        assert engine.verify_erased(WHO).clean


def test_every_id_of_a_person_goes_and_nobody_elses(tmp_path: Path) -> None:
    with Engine.in_memory() as engine:
        engine.collect(
            [
                {"kind": "click", "id": "1", "anonymous": "laptop", "item": "tea"},
                {"kind": "click", "id": "2", "anonymous": "phone", "item": "cup"},
                {"kind": "identify", "id": "3", "user": "ann", "anonymous": "laptop"},
                {"kind": "alias", "id": "4", "user": "ann", "previous": "anon:phone"},
                {"kind": "click", "id": "5", "user": "anna", "item": "pot"},
            ],
            source="t",
        )
        receipt = engine.erase("ann")
        assert receipt.ids == 3
        assert {event.id for _, event in engine.log.read() if event.kind != "position"} == {"5"}
        late = {"kind": "click", "id": "6", "anonymous": "phone", "item": "cup", "time": receipt.at - 1}
        assert engine.collect([late], source="t").refused == 1


def test_somebody_who_was_never_here_gets_the_same_receipt() -> None:
    with Engine.in_memory() as engine:
        engine.collect(story("ann", 2), source="t")
        known, unknown = engine.erase("ann"), engine.erase("nobody")
        assert [place.name for place in known.places] == [place.name for place in unknown.places]
        assert unknown.complete


def test_a_second_look_names_the_backups_from_before(tmp_path: Path) -> None:
    made, archive = home.create(tmp_path / "shop").home, tmp_path / "before.tar"
    with Engine.open(made) as engine:
        engine.collect([*story(WHO, 3), *story("crowd-1", 3)], source="t")
        assert engine.home
        backup(engine.home, archive, now=engine.now(), keys=True)
        engine.know_copy(archive, "backup")
        engine.erase(WHO)
        proof = engine.verify_erased(WHO)
        assert (proof.clean, proof.places[-1].fate) == (True, "yours")
        assert "holds them still" in proof.places[-1].done
        Path(f"{archive}.tombstones").unlink()
        proof = engine.verify_erased(WHO)
        assert (proof.clean, proof.places[-1].fate) == (False, "due")
        assert "would bring them back" in proof.places[-1].done
        archive.unlink()
        assert engine.verify_erased(WHO).clean


def test_the_record_of_processing_says_what_an_authority_asks(tmp_path: Path) -> None:
    with Engine.open(home.create(tmp_path / "shop").home) as engine:
        traits = {"town": "Delft"}
        engine.collect(
            [{"kind": "identify", "id": f"i{n}", "user": f"u{n}", "traits": traits} for n in range(12)]
            + [{"kind": "identify", "id": "odd", "user": "u0", "traits": {"rank": 1}}],
            source="t",
        )
        engine.erase("u3")
        record = engine.paper("record").text
    assert record.startswith("# Record of processing: shop\n\nMade from the running system at 20")
    for said in (
        "controller",
        "rank (fewer than 10), town (11)",
        "GDPR 5(1)(e)",
        "safeguards",
        "Erasures carried out: 1",
    ):
        assert said in record
