"""The event log on PostgreSQL 15 or newer: the same contract as `SqliteLog`, through psycopg 3.

One writer per schema: a session's advisory lock keeps a second one out, so rows are numbered in commit order without
gaps, as in the embedded log. De-duplication, ledger and rows move in one transaction; a connection that breaks while
it commits acknowledges nothing, and the sender's retry is recognised by its ids.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg

from salience.events import AnyEvent, InvalidInput
from salience.events.written import Packed, Written
from salience.store.database_log import EXPIRE_AT_ONCE, READ_ONLY, Changed, DatabaseLog
from salience.store.faults import Unavailable
from salience.store.group_commit import Bounds
from salience.store.log import Appended, Erased
from salience.store.rows import Append, Codec, FailedRow, Readable, event_of, names_of

VERSION = 2
IDLE_READERS = 8
WAIT_S = 5
"""Seconds after which a statement or a connection attempt is given up, and senders are told to come again."""

LOCK_S = 2
"""The same for a lock that another session holds: two groups may wait for it before a sender hears of it."""

_LOCK = "SELECT pg_try_advisory_lock(hashtext('salience.' || current_schema()), 1)"
_TABLES = """
CREATE TABLE schema_version (version integer NOT NULL);
INSERT INTO schema_version VALUES (2);
CREATE TABLE events (
    seq bigint PRIMARY KEY,
    id text NOT NULL UNIQUE,
    kind text NOT NULL,
    subject text NOT NULL,
    time bigint NOT NULL,
    body bytea NOT NULL,
    crc bigint NOT NULL
);
CREATE INDEX events_by_subject ON events (subject, seq) WHERE subject <> '';
CREATE TABLE failed (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    raw bytea NOT NULL,
    key bigint NOT NULL,
    reason text NOT NULL,
    received bigint NOT NULL,
    source text NOT NULL,
    schema integer NOT NULL,
    public boolean NOT NULL,
    digest bytea UNIQUE,
    replayed boolean NOT NULL DEFAULT false
);
CREATE TABLE ledger (
    one integer PRIMARY KEY CHECK (one = 1),
    received bigint NOT NULL,
    stored bigint NOT NULL,
    duplicate bigint NOT NULL,
    failed bigint NOT NULL,
    refused bigint NOT NULL,
    CHECK (received = stored + duplicate + failed + refused)
);
INSERT INTO ledger VALUES (1, 0, 0, 0, 0, 0);
"""
_COUNT = """UPDATE ledger SET received = received + %(stored)s + %(duplicate)s + %(failed)s + %(refused)s,
    stored = stored + %(stored)s, duplicate = duplicate + %(duplicate)s, failed = failed + %(failed)s,
    refused = refused + %(refused)s"""
_FAIL = """INSERT INTO failed (raw, key, reason, received, source, schema, public, digest)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (digest) DO NOTHING RETURNING seq"""
_GONE = """UPDATE events SET id = 'erased-' || md5(random()::text || seq::text || clock_timestamp()::text), kind = '',
    subject = '', time = 0, body = '', crc = 0 WHERE"""
_NO_WRITER = f"{READ_ONLY}, or its server is away"

Db = psycopg.Connection[tuple[Any, ...]]


class PostgresLog(DatabaseLog):
    """An `EventLog` in the schema that ``url`` leads to (``postgresql://user@host/database``).

    `Unavailable` while the server cannot be reached, `InvalidInput` where another process writes this log.
    """

    MARK, NAME = "%s", "the log's server"
    ERRORS = (psycopg.OperationalError, psycopg.InterfaceError, Unavailable, InvalidInput)

    def __init__(
        self, url: str, *, read_only: bool = False, bounds: Bounds | None = None, codec: Codec | None = None
    ) -> None:
        super().__init__(codec)
        self._url = url
        self._idle: list[Db] = []
        self._turn = threading.Lock()
        self._closed = False
        self._writer: Db | None = None
        if read_only:
            with self._reader() as db:
                _check(db)
        else:
            self._writer = self._connect_writer()
            self._begin(bounds)

    def of_subject(self, subject: str, limit: int = 1000) -> list[tuple[int, AnyEvent]]:
        """The newest ``limit`` events of one person, oldest first."""
        return self._events("subject = %s AND subject <> '' ORDER BY seq DESC LIMIT %s", subject, limit)[::-1]

    def expire(self, kinds: Sequence[str], before: int) -> int:
        """See `EventLog.expire`. The server's own vacuum gives the old bytes up: run it, with its archive's rules."""
        return self._rewrite(
            "UPDATE events SET kind = '', subject = '', time = 0, body = '', crc = 0 WHERE seq IN"
            " (SELECT seq FROM events WHERE time < %s AND kind = ANY(%s) ORDER BY seq LIMIT %s)",
            (before, list(kinds)),
        )

    def expire_failures(self, before: int) -> int:
        """See `EventLog.expire_failures`."""
        return self._rewrite(
            "UPDATE failed SET raw = '' WHERE seq IN"
            " (SELECT seq FROM failed WHERE received < %s AND raw <> '' ORDER BY seq LIMIT %s)",
            (before,),
        )

    def erase(self, subjects: Sequence[str], *, up_to: int = 0) -> Erased:
        """See `EventLog.erase`. The tables are written anew, so that no free page keeps a byte.

        The server's own write-ahead log and archive forget by their own rules, which are the operator's.
        """
        names = names_of(subjects)
        rows = self._rewrite(
            f"{_GONE} seq IN (SELECT seq FROM events WHERE subject = ANY(%s) AND subject <> ''"  # noqa: S608 - our text
            " AND (seq <= %s OR %s = 0) ORDER BY seq LIMIT %s)",
            (list(subjects), up_to, up_to),
        )
        named, found = self._naming(names)
        with self._writing:
            if self._writer is None:
                raise Unavailable(_NO_WRITER)
            try:
                self._writer.execute(f"{_GONE} seq = ANY(%s)".encode(), (named,))
                self._writer.execute("UPDATE failed SET raw = '', digest = NULL WHERE seq = ANY(%s)", (found,))
                self._writer.execute(f"SET statement_timeout = 0; SET lock_timeout = '{WAIT_S}s'")
                self._writer.execute("VACUUM FULL events, failed")
                self._writer.execute(f"SET statement_timeout = '{WAIT_S}s'; SET lock_timeout = '{LOCK_S}s'")
            except psycopg.Error as error:
                raise Unavailable(f"the log cannot be rewritten: {error}") from error
        return Erased(rows, len(named), len(found))

    def newest(self) -> Iterator[tuple[str, AnyEvent]]:
        """See `EventLog.newest`."""
        rows = self._query(
            "SELECT DISTINCT ON (subject) subject, seq, body, crc FROM events WHERE subject <> ''"
            " ORDER BY subject, seq DESC"
        )
        return ((subject, event_of(row, bytes(body), crc, self._codec)) for subject, row, body, crc in rows)

    def close(self) -> None:
        """Finish what was accepted, then close. Closing twice is allowed."""
        if self._queue is not None:
            self._queue.close()
        with self._turn:
            self._closed = True
            for db in self._idle:
                db.close()
            self._idle.clear()
        if self._writer is not None:
            self._writer.close()

    def _connect(self) -> Db:
        try:
            db: Db = psycopg.connect(self._url, autocommit=True, connect_timeout=WAIT_S)
            db.execute(f"SET statement_timeout = '{WAIT_S}s'")
            db.execute(f"SET lock_timeout = '{LOCK_S}s'")
            db.execute("SET synchronous_commit = on")
        except psycopg.Error as error:
            raise Unavailable(f"the log's server cannot be reached: {error}", retry_after=WAIT_S) from error
        return db

    def _connect_writer(self) -> Db:
        db = self._connect()
        try:
            _lock(db)
            _prepare(db)
            _check(db)
        except psycopg.Error as error:
            db.close()
            raise Unavailable(f"the log's server does not answer: {error}") from error
        except BaseException:
            db.close()
            raise
        return db

    @contextmanager
    def _reader(self) -> Iterator[Db]:
        with self._turn:
            if self._closed:
                raise Unavailable("the log is closed")
            db = self._idle.pop() if self._idle else None
        db = db or self._connect()
        try:
            yield db
        except BaseException:
            db.close()
            raise
        with self._turn:
            if not self._closed and len(self._idle) < IDLE_READERS:
                self._idle.append(db)
                return
        db.close()

    def _query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            with self._reader() as db:
                return db.execute(sql.encode(), values).fetchall()
        except psycopg.Error as error:
            with self._turn:  # after a restart of the server all of them are broken
                idle, self._idle = self._idle, []
            for one in idle:
                one.close()
            raise Unavailable(f"the log cannot be read: {error}") from error

    def _rewrite(self, sql: str, values: tuple[object, ...]) -> int:
        changed = 0
        with self._writing:
            if self._writer is None:
                raise Unavailable(_NO_WRITER)
            try:
                while count := self._writer.execute(sql.encode(), (*values, EXPIRE_AT_ONCE)).rowcount:
                    changed += count
            except psycopg.Error as error:
                raise Unavailable(f"the log cannot be rewritten: {error}") from error
        return changed

    def _kept(
        self, events: Sequence[AnyEvent | Written], rows: Sequence[Written], again: Sequence[AnyEvent] | None
    ) -> Sequence[Readable] | None:
        del again  # rows are read back from the server; only opening what was just sealed is saved
        if isinstance(rows, Packed):  # nothing in a table is sealed
            return None
        fresh = [(row.body, event) for row, event in zip(rows, events, strict=True) if not isinstance(event, Written)]
        self._codec.remember([body for body, _ in fresh], [event for _, event in fresh])
        return None

    def _written(self, group: Sequence[Append]) -> list[Appended]:
        self._codec.flush()  # first the keys, then what cannot be read without them
        self._writer = self._writer or self._connect_writer()
        with self._writer.transaction():
            return _in_one_transaction(self._writer, group)

    def _broken(self, error: Exception) -> None:
        if not isinstance(error, Unavailable) and self._writer is not None:
            self._writer.close()
            self._writer = None  # its lock is gone with it: the next group takes a new one

    def _replace(self, changed: Sequence[Changed]) -> None:
        with self._writing:
            if self._writer is None:
                raise Unavailable(_NO_WRITER)
            self._codec.flush()  # first the keys
            with self._writer.cursor() as cursor:
                cursor.executemany("UPDATE events SET body = %s, crc = %s WHERE seq = %s AND crc = %s", changed)


def _in_one_transaction(db: Db, group: Sequence[Append]) -> list[Appended]:
    live = [job.events if not job.replays or _replay(db, job.replays) else [] for job in group]
    moved = sum(bool(job.replays and rows) for job, rows in zip(group, live, strict=True))
    events = [event for rows in live for event in rows]
    sql = "SELECT id FROM events WHERE id = ANY(%s)"
    known = {row[0] for row in db.execute(sql, ([event.id for event in events],))} if events else set()
    found = db.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()
    first = (found[0] if found else 0) + 1
    new: dict[str, int] = {}
    with db.cursor().copy("COPY events (seq, id, kind, subject, time, body, crc) FROM STDIN") as copy:
        for event in events:
            if event.id not in known and event.id not in new:
                new[event.id] = first + len(new)
                copy.write_row((new[event.id], *event))
    stored = len(new)
    results = []
    failed = repeated = 0
    for job, rows in zip(group, live, strict=True):
        bad = tuple(_fail(db, one) for one in job.failed)
        failed, repeated = failed + len(bad), repeated + bad.count(0)
        numbers = tuple(new.pop(event.id, 0) for event in rows) or (0,) * len(job.events)
        results.append(Appended(numbers, bad))
    counts = {
        "stored": stored,
        "duplicate": len(events) - stored + repeated,
        "failed": failed - repeated - moved,
        "refused": sum(job.refused for job in group),
    }
    db.execute(_COUNT, counts)
    return results


def _replay(db: Db, seq: int) -> bool:
    """Mark a failed event as replayed; whether it was there and was not."""
    sql = "UPDATE failed SET replayed = true, raw = '' WHERE seq = %s AND NOT replayed"
    return db.execute(sql, (seq,)).rowcount > 0


def _fail(db: Db, one: FailedRow) -> int:
    """The number of a new failed event; 0 where the same bytes of the same source are known."""
    found = db.execute(_FAIL, one).fetchone()
    return int(found[0]) if found else 0


def _lock(db: Db) -> None:
    """Keep other writers out for as long as this connection lives."""
    locked = db.execute(_LOCK).fetchone()
    if not locked or not locked[0]:
        raise InvalidInput(
            "log", "postgresql", "is in use by another process", "stop that process, or ask it over HTTP"
        )


def _prepare(db: Db) -> None:
    """Make the tables if there are none."""
    with db.transaction():
        if db.execute("SELECT to_regclass('schema_version')").fetchone() == (None,):
            db.execute(_TABLES)


def _check(db: Db) -> None:
    there = db.execute("SELECT to_regclass('schema_version')").fetchone() != (None,)
    found = db.execute("SELECT version FROM schema_version").fetchone() if there else None
    version = found[0] if found else 0
    if version != VERSION:
        way_out = "upgrade salience" if version > VERSION else "let a process that writes open it once"
        raise InvalidInput("log", "postgresql", f"has format {version}, this program reads {VERSION}", way_out)
