"""Bugs planted on purpose, by name: each check of this folder must catch those that its mark names."""

from __future__ import annotations

import fcntl
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import apsw
import psycopg
from msgspec import structs

from salience import engine, follow
from salience.collect import rules
from salience.collect.limits import PUBLIC, SECRET, Malformed
from salience.collect.sources import pump
from salience.serve import faults, limits, load, protocol, rates, run, turns
from salience.serve.fault import HttpFault
from salience.store import connections, database_log, postgres_log, rows, schema, sqlite_log, state
from salience.store.log import Appended

Patch = Callable[[Any, str, Any], None]


def _early_ack(patch: Patch) -> None:
    """Answers before the disk has, and the disk is a slow one: on a quick one no kill would ever fall in between."""
    for module, log in ((sqlite_log, sqlite_log.SqliteLog), (postgres_log, postgres_log.PostgresLog)):
        patch(log, "append", _answering_early(log.append))
        patch(module, "_in_one_transaction", _slowly(module._in_one_transaction))


def _answering_early(real: Any) -> Any:
    def append(self: Any, events: Sequence[Any], *given: Any, **named: Any) -> Future[Appended]:
        real(self, events, *given, **named)
        early: Future[Appended] = Future()
        early.set_result(Appended(tuple(range(1, len(events) + 1))))
        return early

    return append


def _slowly(commit: Any) -> Any:
    def slow(db: Any, group: Sequence[Any]) -> Any:
        time.sleep(0.02)
        return commit(db, group)

    return slow


def _no_deduplication(patch: Patch) -> None:
    """A second arrival is stored under another id."""
    other_ids = sqlite_log._INSERT.replace("VALUES (?,", "VALUES (?1 || hex(randomblob(8)),")
    patch(sqlite_log, "_INSERTS", [(1, other_ids)])
    on_server = postgres_log._in_one_transaction

    def renamed(db: Any, group: Sequence[Any]) -> list[Appended]:
        for job in group:
            job.events = [event._replace(id=f"{event.id}-{uuid.uuid4().hex}") for event in job.events]
        return on_server(db, group)

    patch(postgres_log, "_in_one_transaction", renamed)


def _split_counter(patch: Patch) -> None:
    """The ledger moves in a transaction of its own."""
    count, real = sqlite_log._COUNT, sqlite_log._in_one_transaction

    def in_two(db: apsw.Connection, group: Sequence[Any]) -> list[Appended]:
        before = db.total_changes()
        results = real(db, group)
        stored = db.total_changes() - before - 1
        db.execute(count, (stored, sum(len(job.events) for job in group) - stored, 0, 0))
        return results

    patch(sqlite_log, "_COUNT", "UPDATE ledger SET one = 1 WHERE ?1 + ?2 + ?3 + ?4 >= 0")
    patch(sqlite_log, "_in_one_transaction", in_two)
    on_server, moved = postgres_log._in_one_transaction, postgres_log._COUNT

    def in_two_on_server(db: Any, group: Sequence[Any]) -> list[Appended]:
        before = db.execute("SELECT count(*) FROM events").fetchone()[0]
        results = on_server(db, group)
        stored = db.execute("SELECT count(*) FROM events").fetchone()[0] - before
        db.execute("COMMIT")
        db.execute("BEGIN")
        counts = {"stored": stored, "duplicate": sum(len(job.events) for job in group) - stored}
        db.execute(moved, {**counts, "failed": 0, "refused": 0})
        return results

    patch(postgres_log, "_COUNT", "SELECT %(stored)s + %(duplicate)s + %(failed)s + %(refused)s")
    patch(postgres_log, "_in_one_transaction", in_two_on_server)


def _swallowed_sync(patch: Patch) -> None:
    """An error of the disk is taken for success."""
    real = sqlite_log._in_one_transaction

    def hopeful(db: apsw.Connection, group: Sequence[Any]) -> list[Appended]:
        try:
            return real(db, group)
        except (apsw.IOError, apsw.FullError):
            return [Appended(tuple(1 for _ in job.events)) for job in group]

    patch(sqlite_log, "_in_one_transaction", hopeful)
    on_server = postgres_log._in_one_transaction

    def hopeful_on_server(db: Any, group: Sequence[Any]) -> list[Appended]:
        try:
            return on_server(db, group)
        except psycopg.Error:
            return [Appended(tuple(1 for _ in job.events)) for job in group]

    patch(postgres_log, "_in_one_transaction", hopeful_on_server)


def _relaxed_sync(patch: Patch) -> None:
    """synchronous = NORMAL."""
    real = schema.connect

    def connect(*given: Any, **named: Any) -> apsw.Connection:
        db = real(*given, **named)
        db.execute("PRAGMA synchronous = NORMAL")
        return db

    patch(connections, "connect", connect)


def _no_checksum(patch: Patch) -> None:
    """A row is believed whatever its checksum."""
    patch(rows, "crc32", lambda _body: _Anything())
    patch(database_log, "crc32", lambda _body: _Anything())


class _Anything(int):
    def __eq__(self, _other: object) -> bool:
        return True

    def __ne__(self, _other: object) -> bool:
        return False

    __hash__ = int.__hash__


def _patient(patch: Patch) -> None:
    """Waits a minute for a lock, and for callers for ever."""
    patch(
        sqlite_log.SqliteLog.__init__, "__kwdefaults__", {**_defaults(sqlite_log.SqliteLog.__init__), "busy_ms": 60_000}
    )
    patch(protocol, "HEAD_SECONDS", 600.0)
    _waits(patch, 600.0)


def _waits(patch: Patch, seconds: float) -> None:
    """Limits that give a body so long."""
    usual = load.Limits()
    told = [seconds if one.name == "body_seconds" else getattr(usual, one.name) for one in fields(usual)]
    patch(load.Limits.__init__, "__defaults__", tuple(told))


def _hasty(patch: Patch) -> None:
    """No bug: the same edge with short times, for the quick forms."""
    patch(protocol, "HEAD_SECONDS", 1.0)
    _waits(patch, 1.0)


def _defaults(function: Any) -> dict[str, Any]:
    return dict(function.__kwdefaults__)


def _boundless(patch: Patch) -> None:
    """A body may be as large as it likes."""
    patch(limits, "PUBLIC", structs.replace(PUBLIC, body=1 << 34))
    patch(limits, "SECRET", structs.replace(SECRET, body=1 << 34))


def _abrupt(patch: Patch) -> None:
    """A stop signal cuts what is under way."""
    real = run.run

    def cut(*given: Any, **named: Any) -> None:
        import os
        import signal

        from uvicorn import Server

        patch(Server, "handle_exit", lambda *_: os._exit(0))
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
        real(*given, **named)

    patch(run, "run", cut)


def _last_wins(patch: Patch) -> None:
    """The order of arrival decides what a profile says."""
    patch(state._Profile, "put", lambda self, field, value, time: self.fields.__setitem__(field, (time, value)))


def _own_clock(patch: Patch) -> None:
    """The sender's clock is believed."""
    patch(rules, "placed", lambda time, now, **_: (time or now, ""))


def _early_expiry(patch: Patch) -> None:
    """Forgets an hour too early."""
    real = engine.Engine.expire
    patch(engine.Engine, "expire", lambda self, now: real(self, now + 3_600_000))


def _any_version(patch: Patch) -> None:
    """Opens whatever it finds."""
    patch(schema, "_version", lambda _db: schema.VERSION)
    patch(postgres_log, "_check", lambda _db: None)


def _no_lock(patch: Patch) -> None:
    """Lets a second writer in."""
    patch(fcntl, "flock", lambda *_: None)
    patch(postgres_log, "_lock", lambda _db: None)


def _plain_copy(patch: Patch) -> None:
    """Backs up by copying the file, without what still waits in the write-ahead log."""

    def copied(self: Any, target: Path) -> int:
        target.write_bytes(Path(self._connections.path).read_bytes())
        return self.last()  # type: ignore[no-any-return]

    patch(sqlite_log.SqliteLog, "backup", copied)


def _careless(patch: Patch) -> None:
    """A body that is no JSON is a bug of ours."""
    real = faults._named

    def named(error: Exception) -> HttpFault:
        return HttpFault(500, "server", "", "failed") if isinstance(error, Malformed) else real(error)

    patch(faults, "_named", named)


def _dropping(patch: Patch) -> None:
    """Acknowledges what it throws away when much comes at once."""
    real = sqlite_log.SqliteLog.append

    def append(self: Any, events: Sequence[Any], *given: Any, **named: Any) -> Future[Appended]:
        if len(events) < 100 or self.waiting == 0:
            return real(self, events, *given, **named)
        gone: Future[Appended] = Future()
        gone.set_result(Appended(tuple(range(1, len(events) + 1))))
        return gone

    patch(sqlite_log.SqliteLog, "append", append)


def _leaky(patch: Patch) -> None:
    """Opens a connection for every read and keeps it."""
    kept: list[apsw.Connection] = []

    def keep(self: Any, db: apsw.Connection) -> None:
        kept.append(db)
        with self._turn:
            self._reading -= 1
            self._turn.notify_all()

    patch(connections.Connections, "_give_back", keep)


def _clogged(patch: Patch) -> None:
    """An event that no fold can take is tried again for ever."""

    def insists(_self: Any, _row: int, error: Exception) -> None:
        raise error

    patch(follow.Follower, "_poisoned", insists)


def _stubborn(patch: Patch) -> None:
    """A message of a stream is tried fifty times."""
    patch(pump, "TRIES", 50)


def _unlimited(patch: Patch) -> None:
    """Whoever is loud is let in."""
    patch(rates.Buckets, "wait", lambda _self, _name: 0)


def _first_come(patch: Patch) -> None:
    """Calls are worked on as they come, and whoever comes when all places are taken has to come back."""

    async def at_once(_self: object, _who: object) -> None:
        """No turns."""

    patch(turns.Turns, "turn", at_once)
    patch(load, "_over", lambda used, most, _who: used.total() >= most)


BUILDS: dict[str, Callable[[Patch], None]] = {
    "real": lambda _patch: None,
    "early-ack": _early_ack,
    "no-deduplication": _no_deduplication,
    "split-counter": _split_counter,
    "swallowed-sync": _swallowed_sync,
    "relaxed-sync": _relaxed_sync,
    "no-checksum": _no_checksum,
    "patient": _patient,
    "hasty": _hasty,
    "boundless": _boundless,
    "abrupt": _abrupt,
    "last-wins": _last_wins,
    "own-clock": _own_clock,
    "early-expiry": _early_expiry,
    "any-version": _any_version,
    "no-lock": _no_lock,
    "plain-copy": _plain_copy,
    "careless": _careless,
    "dropping": _dropping,
    "leaky": _leaky,
    "clogged": _clogged,
    "stubborn": _stubborn,
    "unlimited": _unlimited,
    "first-come": _first_come,
}


def plant(build: str) -> Callable[[], None]:
    """Put the bug into this process; gives the way back."""
    before: list[tuple[Any, str, Any]] = []

    def patch(where: Any, name: str, value: Any) -> None:
        before.append((where, name, getattr(where, name)))
        setattr(where, name, value)

    def undo() -> None:
        for where, name, value in reversed(before):
            setattr(where, name, value)

    BUILDS[build](patch)
    return undo


@contextmanager
def planted(build: str) -> Iterator[None]:
    """The bug, for as long as the block lasts."""
    undo = plant(build)
    try:
        yield
    finally:
        undo()
