"""The process that gets killed: imports a file of JSON lines and says what has been acknowledged, batch by batch.

Usage: ingest.py FILE LOG BUILD. BUILD is a name in `BUILDS`: the real log, or one with a bug planted on purpose.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from itertools import islice
from pathlib import Path
from typing import Any

import apsw

from salience.collect.accept import accept
from salience.collect.importers.jsonl import read_events
from salience.events import AnyEvent
from salience.events.written import Written
from salience.store import sqlite_log
from salience.store.log import Appended, Failed
from salience.store.sqlite_log import SqliteLog

BATCH = 50
IN_FLIGHT = 4


class EarlyAck(SqliteLog):
    """Planted bug: answers before the disk has."""

    def append(
        self,
        events: Sequence[AnyEvent | Written],
        failed: Sequence[Failed] = (),
        refused: int = 0,
        *,
        replays: int = 0,
        judged: bool = False,
    ) -> Future[Appended]:
        super().append(events, failed, refused, replays=replays, judged=judged)
        early: Future[Appended] = Future()
        early.set_result(Appended(tuple(range(1, len(events) + 1))))
        return early


def split_counter(path: Path) -> SqliteLog:
    """Planted bug: the ledger moves in a transaction of its own."""
    count = sqlite_log._COUNT
    real = sqlite_log._in_one_transaction

    def in_two(db: apsw.Connection, group: Sequence[Any]) -> list[Appended]:
        before = db.total_changes()
        results = real(db, group)
        rows = db.total_changes() - before - 1
        db.execute(count, (rows, sum(len(job.events) for job in group) - rows, 0, 0))
        return results

    sqlite_log._COUNT = "UPDATE ledger SET one = 1 WHERE ?1 + ?2 + ?3 + ?4 >= 0"
    sqlite_log._in_one_transaction = in_two
    return SqliteLog(path)


def no_deduplication(path: Path) -> SqliteLog:
    """Planted bug: a second arrival is stored under another id."""
    renamed = sqlite_log._INSERT.replace("VALUES (?,", "VALUES (?1 || hex(randomblob(8)),")
    sqlite_log._INSERTS = [(1, renamed)]
    return SqliteLog(path)


BUILDS: dict[str, Callable[[Path], SqliteLog]] = {
    "real": SqliteLog,
    "early-ack": EarlyAck,
    "split-counter": split_counter,
    "no-deduplication": no_deduplication,
}


def main(file: Path, log_path: Path, build: str) -> None:
    log = BUILDS[build](log_path)
    print("ready", flush=True)
    waiting: deque[tuple[list[str], Future[Appended]]] = deque()
    rows = read_events(file)
    while batch := list(islice(rows, BATCH)):
        accepted = accept(batch, now=1, source=file.name)
        failed = [Failed(one.raw, one.reason, one.received) for one in accepted.failed]
        waiting.append(([event.id for event in accepted.events], log.append(accepted.events, failed)))
        if len(waiting) >= IN_FLIGHT:
            _say(*waiting.popleft())
    while waiting:
        _say(*waiting.popleft())
    log.close()
    print("done", flush=True)


def _say(ids: list[str], future: Future[Appended]) -> None:
    future.result()
    print("ack", *ids, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
