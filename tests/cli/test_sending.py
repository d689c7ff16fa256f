"""Rows go in batches, in order, and the totals add up."""

from __future__ import annotations

from salience.cli import sending
from salience.cli.sending import Totals, send
from salience.engine import Engine


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


def test_of_many_faults_some_are_kept_and_all_are_counted() -> None:
    totals = Totals()
    with Engine.in_memory() as engine:
        for n in range(3):
            rows = [{"kind": "view", "user": f"{n}-{m}"} for m in range(sending.KEPT_FAULTS)]
            send(engine, rows, source="test", totals=totals)
    assert totals.failed == 3 * sending.KEPT_FAULTS
    assert len(totals.as_dict()["faults"]) == sending.KEPT_FAULTS
