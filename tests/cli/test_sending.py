"""Rows go in batches, in order, and the totals add up."""

from __future__ import annotations

from argparse import Namespace
from functools import partial
from pathlib import Path

import msgspec
import pytest
from msgspec import structs

from salience.cli import sending
from salience.cli.reading import reader
from salience.cli.sending import Totals, send
from salience.collect.importers import aside
from salience.engine import Engine
from salience.events import Consent
from salience.settings import Settings


def test_totals_add_up_over_batches() -> None:
    rows = [{"kind": "view", "id": f"v{n % 4_500}", "user": "ann", "item": f"i{n}"} for n in range(5_000)]
    rows[7] = {"kind": "view", "id": "bad"}  # so that v7 comes once, near the end
    totals = Totals()
    with Engine.in_memory() as engine:
        send(engine, iter(rows), source="test", totals=totals)
        ledger = engine.log.ledger()
    assert (totals.received, totals.stored, totals.duplicate, totals.failed) == (5_000, 4_500, 499, 1)
    assert (ledger.received, ledger.stored, ledger.duplicate, ledger.failed) == (5_000, 4_500, 499, 1)
    assert str(totals) == "5,000 received = 4,500 stored + 499 duplicate + 1 failed"
    assert totals.faults == ["item: is missing"]


def test_what_may_not_be_kept_is_counted_too() -> None:
    totals = Totals()
    with Engine.in_memory(Settings(region="EU")) as engine:
        rows = [{"kind": "view", "id": "v1", "user": "ann", "item": "tea"}, {"kind": "item", "id": "i1", "item": "tea"}]
        send(engine, rows, source="test", totals=totals)
    assert str(totals) == "2 received = 1 stored + 0 duplicate + 0 failed + 1 refused (no consent, or erased)"
    assert totals.as_dict()["refused"] == 1


def test_of_many_faults_some_are_kept_and_all_are_counted() -> None:
    totals = Totals()
    with Engine.in_memory() as engine:
        for n in range(3):
            rows = [{"kind": "view", "user": f"{n}-{m}"} for m in range(sending.KEPT_FAULTS)]
            send(engine, rows, source="test", totals=totals)
    assert totals.failed == 3 * sending.KEPT_FAULTS
    assert len(totals.as_dict()["faults"]) == sending.KEPT_FAULTS


@pytest.mark.parametrize("somebody_chose", [False, True])
def test_a_table_read_by_a_second_process_is_stored_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, somebody_chose: bool
) -> None:
    path = tmp_path / "shop.csv"
    rows = [f"u{at % 7},i{at},{1_700_000_000 + at % 9_000}" for at in range(10_000)] + [
        "u 1,tea,5",
        ",tea,5",
        "a,b,c,d",
    ]
    path.write_text("\n".join(["user,item,time", *rows, *rows[:3]]), encoding="utf-8")
    args = Namespace(what="interactions", columns="", kind="", scale="", separator="|", ids="account")
    said = [Consent(id="c", user="u3", time=1, purposes={"analytics": False, "personalisation": False})]
    found = []
    monkeypatch.setattr(aside, "_cores", lambda: 2)
    monkeypatch.setattr(aside, "Task", partial(aside.Task, first=1))
    for large in (10**9, 0):
        monkeypatch.setattr(aside, "LARGE", large)
        totals = Totals()
        with Engine.in_memory() as engine:
            if somebody_chose:
                engine.collect(said, source="x")
            send(engine, reader(args, path)(lambda *_: None), source=path.name, totals=totals)
            events = [structs.replace(event, received=0) for _, event in engine.log.read(limit=20_000)]
            found.append((totals, engine.log.ledger(), list(map(msgspec.json.encode, events))))
    assert found[0] == found[1]
    assert found[0][0].failed == 2
    assert found[0][1].refused > 1_000 or not somebody_chose
