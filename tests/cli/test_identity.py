"""`salience identity`, and receipts that join by a card, as they are typed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from salience.cli import main
from salience.engine import Engine
from salience.store import home


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    made = home.create(tmp_path / "shop").home
    with Engine.open(made) as engine:
        engine.collect(
            [
                {"kind": "click", "id": "c1", "anonymous": "7", "item": "tea", "time": 1},
                {"kind": "identify", "id": "in", "user": "ann", "anonymous": "7", "ids": {"loyalty": "77"}, "time": 2},
            ],
            source="test",
        )
    return made


def typed(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    status = main([*words, "--json"])
    said = capsys.readouterr()
    return status, json.loads(said.out or said.err)


def ids(view: dict[str, Any]) -> list[str]:
    return [one["id"] for one in view["ids"]]


def test_a_merge_is_seen_split_undone_and_rebuilt(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there = ("--home", str(shop))
    status, view = typed(capsys, "identity", "show", "anon:7", *there)
    assert (status, view["person"], view["unit"]) == (0, "ann", "ann")
    assert ids(view) == ["ann", "anon:7", "loyalty:77"]
    assert [(link["event"], link["holds"]) for link in view["links"]] == [("in", True)] * 2
    _, view = typed(capsys, "identity", "split", "ann", "anon:7", *there)
    assert ids(view) == ["ann", "loyalty:77"]
    with Engine.open(shop) as engine:  # from the log alone
        assert engine.members("ann") == ("ann", "loyalty:77")
        assert len(engine.state.person("ann").items) == 0
        assert len(engine.state.person("anon:7").items) == 1
        split = next(event.id for _, event in engine.log.of_subject("ann") if event.kind == "split")
    _, view = typed(capsys, "identity", "undo", split, *there)
    assert ids(view) == ["ann", "anon:7", "loyalty:77"]
    assert main(["identity", "show", "ann", *there]) == 0
    assert "anon:7 = ann" in capsys.readouterr().out


def test_faults_say_the_way_out(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there = ("--home", str(shop))
    for words in (("show", "bob"), ("show",), ("split", "ann", "anon:9"), ("undo", "c1"), ("undo", "none")):
        status, fault = typed(capsys, "identity", *words, *there)
        assert status == 2, words
        assert fault["error"]["way_out"]
    assert typed(capsys, "identity", "alarms", *there) == (0, [])


def test_till_receipts_and_call_lists_join_by_their_ids(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    receipts, calls = shop.parent / "receipts.csv", shop.parent / "calls.csv"
    receipts.write_text("card,item,time\n77,milk,10\n78,milk,11\n")
    calls.write_text("mail,item,time\n Ann@Example.com ,cup,10\n")
    there = ("--home", str(shop))
    columns = ("--kind", "purchase", "--columns", "user=card", "--ids", "loyalty")
    assert typed(capsys, "import", "events", str(receipts), *columns, *there)[1]["stored"] == 2
    columns = ("--kind", "click", "--columns", "user=mail", "--ids", "email")
    assert typed(capsys, "import", "events", str(calls), *columns, *there)[1]["stored"] == 1
    with Engine.open(shop) as engine:
        engine.collect(
            [{"kind": "identify", "id": "m", "user": "ann", "ids": {"email": "ann@example.com"}}], source="x"
        )
        assert len(engine.members("ann")) == 4
        reading = engine.state.read("ann")
        assert {reading.names[code] for code in reading.person.items} == {"tea", "milk", "cup"}
