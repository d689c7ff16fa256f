"""The embedded event log: one SQLite file, one writer thread with group commit, readers with connections of their own.

The contract is `salience.store.log.EventLog`; an acknowledgement means that SQLite has synced the commit (WAL,
synchronous=FULL). De-duplication, ledger and rows move in one transaction, so no kill can part them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Self
from zlib import crc32

import apsw
import msgspec

from salience.events import AnyEvent, InvalidInput
from salience.store.connections import Connections
from salience.store.faults import Damaged, Unavailable
from salience.store.group_commit import Bounds, GroupCommit
from salience.store.log import Appended, Failed, Ledger

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(AnyEvent).decode

_INSERT = "INSERT OR IGNORE INTO events (id, kind, subject, time, body, crc) VALUES (?, ?, ?, ?, ?, ?)"
_COUNT = """UPDATE ledger SET received = received + ?1 + ?2 + ?3 + ?4,
    stored = stored + ?1, duplicate = duplicate + ?2, failed = failed + ?3, refused = refused + ?4"""
_STILL_SOUND = (apsw.FullError, apsw.BusyError, apsw.LockedError)
"""Errors after which the connection can be trusted once rolled back. After any other it is opened anew."""


class _Append:
    """One append on its way to the disk."""

    def __init__(self, events: list[tuple[Any, ...]], failed: Sequence[Failed], refused: int) -> None:
        self.events, self.failed, self.refused = events, failed, refused
        self.rows = len(events) + len(failed) + 1
        self.size = sum(len(event[4]) for event in events) + sum(len(one.raw) for one in failed)
        self.future: Future[Appended] = Future()
        self.future.set_running_or_notify_cancel()  # what is queued is written, even if nobody waits any longer

    def fail(self, error: Exception) -> None:
        """Nothing of it was acknowledged."""
        if not self.future.done():
            self.future.set_exception(error)


class SqliteLog:
    """An `EventLog` in the file ``path``, or in memory with ``":memory:"``.

    >>> from salience.events import Click
    >>> with SqliteLog(":memory:") as log:
    ...     once = log.append([Click(id="e1", user="ann", item="tea")]).result()
    ...     again = log.append([Click(id="e1", user="ann", item="tea")]).result()
    ...     once.rows, again.rows, log.ledger().duplicate
    ((1,), (0,), 1)
    """

    def __init__(
        self, path: str | Path, *, read_only: bool = False, bounds: Bounds | None = None, busy_ms: int = 2000
    ) -> None:
        self._connections = Connections(str(path), read_only=read_only, busy_ms=busy_ms)
        self._trouble = ""
        self._sound = True
        self._closed = threading.Event()
        self._commits = 0
        self._queue: GroupCommit[_Append] | None = None
        if not read_only:
            self._queue = GroupCommit(self._commit_group, bounds or Bounds(), name="salience-log")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def commits(self) -> int:
        """Groups committed since the log was opened."""
        return self._commits

    @property
    def waiting(self) -> int:
        """Rows that wait for the disk."""
        return self._queue.waiting if self._queue else 0

    @property
    def trouble(self) -> str:
        """Why the last group failed; empty when it did not."""
        return self._trouble

    def append(self, events: Sequence[AnyEvent], failed: Sequence[Failed] = (), refused: int = 0) -> Future[Appended]:
        """Store events whose id is new; resolves once synced to disk. The ledger moves in the same transaction.

        Raises `Busy` when too much waits, `Unavailable` when closed or read-only, `InvalidInput` for an event that
        could not be read back (e.g. an empty id). The future fails with `Unavailable` when the disk does.
        Callbacks of the future run in the writer thread, so they must be short.
        """
        if self._queue is None:
            raise Unavailable("the log was opened for reading only")
        job = _Append([_row(event) for event in events], failed, refused)
        self._queue.submit(job)
        return job.future

    def read(self, after: int = 0, limit: int = 1000) -> list[tuple[int, AnyEvent]]:
        """Up to ``limit`` (row, event) pairs with row > ``after``, in order."""
        return self._events("seq > ?1 ORDER BY seq LIMIT ?2", after, limit)

    def find(self, event_id: str) -> tuple[int, AnyEvent] | None:
        """The row and the event with this id."""
        found = self._events("id = ?1", event_id)
        return found[0] if found else None

    def of_subject(self, subject: str, limit: int = 1000) -> list[tuple[int, AnyEvent]]:
        """The newest ``limit`` events of one person, oldest first."""
        newest = self._events("subject = ?1 AND subject <> '' ORDER BY seq DESC LIMIT ?2", subject, limit)
        return newest[::-1]

    def last(self) -> int:
        """The number of the newest row; 0 when empty."""
        return int(self._query("SELECT ifnull(max(seq), 0) FROM events")[0][0])

    def ledger(self) -> Ledger:
        """The counts, read in one transaction."""
        return Ledger(*self._query("SELECT received, stored, duplicate, failed, refused FROM ledger")[0])

    def failures(self, limit: int = 100) -> Iterator[Failed]:
        """Failed events, newest first."""
        rows = self._query("SELECT raw, reason, received, seq FROM failed ORDER BY seq DESC LIMIT ?1", limit)
        return iter([Failed(*row) for row in rows])

    def damages(self) -> list[str]:
        """Everything that is not as it was written, in words; empty is well. Reads the whole log."""
        found = [str(row[0]) for row in self._query("PRAGMA integrity_check(20)") if row[0] != "ok"]
        if found:
            return found
        with self._connections.reader() as db:
            for row, body, crc in db.execute("SELECT seq, body, crc FROM events"):
                if crc32(body) != crc:
                    found.append(f"event row {row}: checksum differs")
        stored, rows = self._query("SELECT stored, (SELECT count(*) FROM events) FROM ledger")[0]
        if stored != rows:
            found.append(f"the ledger counts {stored:,} stored events, the table holds {rows:,}")
        return found

    def close(self) -> None:
        """Finish what was accepted, then close. Closing twice is allowed."""
        if self._closed.is_set():
            return
        self._closed.set()
        if self._queue is not None:
            self._queue.close()
        self._connections.close(healthy=self._sound)

    def _query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._connections.reader() as db:
            try:
                return db.execute(sql, values).fetchall()
            except (apsw.CorruptError, apsw.NotADBError) as error:
                raise Damaged("log", str(error)) from error
            except apsw.Error as error:
                raise Unavailable(f"the log cannot be read: {error}") from error

    def _events(self, where: str, *values: object) -> list[tuple[int, AnyEvent]]:
        rows = self._query(f"SELECT seq, body, crc FROM events WHERE {where}", *values)  # noqa: S608 - our own text
        return [(row, _read_back(row, body, crc)) for row, body, crc in rows]

    def _commit_group(self, group: Sequence[_Append]) -> None:
        """In the writer thread: one transaction for the whole group, then its futures."""
        try:
            if not self._sound:
                self._connections.reopen()
                self._sound = True
            with self._connections.writer() as db:
                results = _in_one_transaction(db, group)
        except (apsw.Error, Unavailable) as error:
            self._sound = self._sound and isinstance(error, _STILL_SOUND)
            self._trouble = str(error)
            raise Unavailable(f"the disk did not take the events: {error}") from error
        except Exception as error:
            # Not the disk but one of the jobs: the others must not suffer for it.
            if len(group) == 1:
                raise Unavailable(f"this event cannot be stored: {error}") from error
            for job in group:
                self._commit_alone(job)
            return
        self._commits += 1
        self._trouble = ""
        for job, result in zip(group, results, strict=True):
            job.future.set_result(result)

    def _commit_alone(self, job: _Append) -> None:
        try:
            self._commit_group([job])
        except Unavailable as error:
            job.fail(error)


def _row(event: AnyEvent) -> tuple[Any, ...]:
    """The columns of an event. What could not be read back would stop every reader, so it is refused here."""
    try:
        body = _encode(event)
        _decode(body)
    except (UnicodeEncodeError, OverflowError, msgspec.MsgspecError) as error:
        raise InvalidInput("event", event.id, f"cannot be read back: {error}", "pass it through `collect`") from error
    return event.id, event.kind, event.subject, event.time, body, crc32(body)


def _read_back(row: int, body: bytes, crc: int) -> AnyEvent:
    if crc32(body) != crc:
        raise Damaged(f"event row {row}", "checksum differs")
    event: AnyEvent = _decode(body)
    return event


def _in_one_transaction(db: apsw.Connection, group: Sequence[_Append]) -> list[Appended]:
    db.execute("BEGIN IMMEDIATE")
    try:
        last = next(db.execute("SELECT ifnull(max(seq), 0) FROM events"))[0]
        events = [event for job in group for event in job.events]
        before = db.total_changes()
        db.executemany(_INSERT, events)
        stored = db.total_changes() - before
        failed = [(one.raw, one.reason, one.received) for job in group for one in job.failed]
        db.executemany("INSERT INTO failed (raw, reason, received) VALUES (?, ?, ?)", failed)
        db.execute(_COUNT, (stored, len(events) - stored, len(failed), sum(job.refused for job in group)))
        if stored == len(events):
            numbers = iter(range(last + 1, last + 1 + stored))
            results = [Appended(tuple(next(numbers) for _ in job.events)) for job in group]
        else:
            new: dict[str, int] = dict(db.execute("SELECT id, seq FROM events WHERE seq > ?", (last,)))
            results = [Appended(tuple(new.pop(event[0], 0) for event in job.events)) for job in group]
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    return results
