"""The embedded event log: one SQLite file, one writer thread with group commit, readers with connections of their own.

The contract is `salience.store.log.EventLog`; an acknowledgement means that SQLite has synced the commit (WAL,
synchronous=FULL). De-duplication, ledger and rows move in one transaction, so no kill can part them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import compress, islice
from pathlib import Path
from typing import Any

import apsw

from salience.events import AnyEvent
from salience.events.written import COLUMNS, Packed, Written
from salience.store.by_subject import NEWEST, OF_SUBJECT, marked, spans
from salience.store.checkpoints import Checkpoints
from salience.store.connections import Connections
from salience.store.database_log import EXPIRE_AT_ONCE, READ_ONLY, Changed, DatabaseLog
from salience.store.faults import Damaged, Unavailable
from salience.store.group_commit import Bounds
from salience.store.log import Appended, Erased
from salience.store.newest import ROWS, Newest
from salience.store.rows import Append, Codec, FailedRow, Readable, bodies_of, event_of, names_of
from salience.store.scrub import emptied, scrub

_INSERT = "INSERT OR IGNORE INTO events (id, kind, subject, time, body, crc) VALUES (?, ?, ?, ?, ?, ?)"
_AT_ONCE = (500, 100, 50, 20, 10, 5, 2, 1)
_INSERTS = [(size, _INSERT + ", (?, ?, ?, ?, ?, ?)" * (size - 1)) for size in _AT_ONCE]
"""Rows a statement. Python's interpreter lock is given up for each, and getting it back takes its time where other
threads work. The sizes are those of coins, so that few statements are enough and all of them stay prepared."""
_COUNT = """UPDATE ledger SET received = received + ?1 + ?2 + ?3 + ?4,
    stored = stored + ?1, duplicate = duplicate + ?2, failed = failed + ?3, refused = refused + ?4"""
_FAIL = """INSERT INTO failed (raw, key, reason, received, source, schema, public, digest)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (digest) WHERE digest IS NOT NULL DO NOTHING"""
_STILL_SOUND = (apsw.FullError, apsw.BusyError, apsw.LockedError)
"""Errors after which the connection can be trusted once rolled back. After any other it is opened anew."""

_GONE = """UPDATE events SET id = 'erased-' || lower(hex(randomblob(16))), kind = '', subject = '', time = 0,
    body = x'', crc = 0 WHERE seq IN"""
_EMPTY_FAILED = "UPDATE failed SET raw = x'', digest = NULL WHERE seq = ?"


class SqliteLog(DatabaseLog):
    """An `EventLog` in the file ``path``, or in memory with ``":memory:"``.

    >>> from salience.events import Click
    >>> with SqliteLog(":memory:") as log:
    ...     once = log.append([Click(id="e1", user="ann", item="tea")]).result()
    ...     again = log.append([Click(id="e1", user="ann", item="tea")]).result()
    ...     once.rows, again.rows, log.ledger().duplicate
    ((1,), (0,), 1)
    """

    MARK, NAME, ERRORS = "?", "the disk", (apsw.Error, Unavailable)

    def __init__(
        self,
        path: str | Path,
        *,
        read_only: bool = False,
        bounds: Bounds | None = None,
        busy_ms: int = 2000,
        codec: Codec | None = None,
    ) -> None:
        super().__init__(codec)
        self._checkpoints = Checkpoints()
        grew = self._checkpoints.grew
        self._connections = Connections(str(path), read_only=read_only, busy_ms=busy_ms, grew=grew)
        self._sound = True
        self._closed = threading.Event()
        self._newest = Newest()
        if not read_only:
            self._checkpoints.begin(self._connections)
            self._begin(bounds)

    def read(self, after: int = 0, limit: int = 1000) -> list[tuple[int, AnyEvent]]:
        """Up to ``limit`` (row, event) pairs with row > ``after``, in order."""
        remembered = self._newest.after(after, limit)
        if remembered is not None:
            return remembered
        return super().read(after, limit)

    def of_subject(self, subject: str, limit: int = 1000) -> list[tuple[int, AnyEvent]]:
        """The newest ``limit`` events of one person, oldest first."""
        found: list[tuple[int, AnyEvent]] = []
        for first, last in spans(self.last()):
            rows = self._query(OF_SUBJECT, first, last, subject, limit - len(found))
            found += [(row, event_of(row, body, crc, self._codec)) for row, body, crc in rows]
            if len(found) >= limit:
                break
        return found[::-1]

    def last(self) -> int:
        """The number of the newest row; 0 when empty."""
        if (newest := self._newest.last) is not None:
            return newest
        return super().last()

    def expire(self, kinds: Sequence[str], before: int) -> int:
        """See `EventLog.expire`."""
        marks = ", ".join("?" * len(kinds))
        return self._rewrite(
            f"UPDATE events SET kind = '', subject = '', time = 0, body = x'', crc = 0 WHERE seq IN "  # noqa: S608
            f"(SELECT seq FROM events WHERE seq > ? AND time < ? AND kind IN ({marks}) ORDER BY seq LIMIT ?)"
            " RETURNING seq",
            (before, *kinds, EXPIRE_AT_ONCE),
        )

    def expire_failures(self, before: int) -> int:
        """See `EventLog.expire_failures`."""
        return self._rewrite(
            "UPDATE failed SET raw = x'' WHERE seq IN (SELECT seq FROM failed"
            " WHERE seq > ? AND received < ? AND raw <> x'' ORDER BY seq LIMIT ?) RETURNING seq",
            (before, EXPIRE_AT_ONCE),
        )

    def erase(self, subjects: Sequence[str], *, up_to: int = 0) -> Erased:
        """See `EventLog.erase`."""
        names = names_of(subjects)
        sql = f"{_GONE} ({marked(len(subjects))}) RETURNING seq"
        rows = self._rewrite(sql, (up_to or self.last(), EXPIRE_AT_ONCE, *subjects))
        named, found = self._naming(names)
        for sql, numbers in ((f"{_GONE} (?)", named), (_EMPTY_FAILED, found)):
            for number in numbers:
                self._once(sql, number)
        scrub(self._connections, self._writing, [name.encode("utf-8", "surrogatepass") for name in sorted(names)])
        return Erased(rows, len(named), len(found))

    def reseal(self, again: Callable[[bytes], bytes | None]) -> int:
        """See `EventLog.reseal`."""
        count = super().reseal(again)
        emptied(self._connections, self._writing)
        return count

    def newest(self) -> Iterator[tuple[str, AnyEvent]]:
        """See `EventLog.newest`."""
        rows = self._query(NEWEST)
        return ((subject, event_of(row, body, crc, self._codec)) for subject, row, body, crc in rows)

    def damages(self) -> list[str]:
        """Everything that is not as it was written, in words; empty is well. Reads the whole log."""
        pages = [str(row[0]) for row in self._query("PRAGMA integrity_check(20)") if row[0] != "ok"]
        return pages or super().damages()

    def backup(self, target: Path) -> int:
        """Copy the log as it is at one moment into a new file, while it is written to; the newest row in the copy."""
        copy = apsw.Connection(str(target))
        try:
            with self._connections.reader() as db, copy.backup("main", db, "main") as work:
                work.step(-1)  # in one go: what is committed meanwhile waits in the write-ahead log
            copy.execute("PRAGMA journal_mode = DELETE")
            return int(next(copy.execute("SELECT ifnull(max(seq), 0) FROM events"))[0])
        except apsw.Error as error:
            raise Unavailable(f"the log cannot be copied: {error}") from error
        finally:
            copy.close(force=True)

    def close(self) -> None:
        """Finish what was accepted, then close. Closing twice is allowed."""
        if self._closed.is_set():
            return
        self._closed.set()
        if self._queue is not None:
            self._queue.close()
            self._checkpoints.close()
        self._connections.close(healthy=self._sound)

    def _query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._connections.reader() as db:
            try:
                return db.execute(sql, values).fetchall()
            except (apsw.CorruptError, apsw.NotADBError) as error:
                raise Damaged("log", str(error)) from error
            except apsw.Error as error:
                raise Unavailable(f"the log cannot be read: {error}") from error

    def _rewrite(self, sql: str, values: tuple[object, ...]) -> int:
        """Run an update of (after, *values) until it finds nothing more, then leave no old page behind."""
        if self._queue is None:
            raise Unavailable(READ_ONLY)
        changed, after = 0, 0
        try:
            while True:
                with self._writing, self._connections.writer() as db:
                    self._newest.clear()
                    rows: list[Any] = db.execute(sql, (after, *values)).fetchall()
                if not rows:
                    break
                changed, after = changed + len(rows), max(int(row[0]) for row in rows)
            if changed:
                emptied(self._connections, self._writing)
        except apsw.Error as error:
            with self._writing:
                self._sound = self._sound and isinstance(error, _STILL_SOUND)
            raise Unavailable(f"the log cannot be rewritten: {error}") from error
        return changed

    def _once(self, sql: str, *values: object) -> None:
        with self._writing, self._connections.writer() as db:
            self._newest.clear()
            db.execute(sql, values)

    def _kept(
        self, events: Sequence[AnyEvent | Written], rows: Sequence[Written], again: Sequence[AnyEvent] | None
    ) -> Sequence[Readable] | None:
        if again is None:
            return [event.body if isinstance(event, Written) else event for event in events]
        return again if len(again) == len(rows) else None

    def _written(self, group: Sequence[Append]) -> list[Appended]:
        if not self._sound:
            self._connections.reopen()
            self._sound = True
        self._codec.flush()  # first the keys, then what cannot be read without them
        with self._connections.writer() as db:
            results = _in_one_transaction(db, group)
        self._remember(group, results)
        return results

    def _broken(self, error: Exception) -> None:
        self._newest.clear()  # an error may hide a commit
        self._sound = self._sound and isinstance(error, (*_STILL_SOUND, Unavailable))

    def _committed(self) -> None:
        with self._writing, self._connections.writer() as db:
            self._checkpoints.committed(db)

    def _replace(self, changed: Sequence[Changed]) -> None:
        with self._writing, self._connections.writer() as db:
            self._newest.clear()
            self._codec.flush()  # first the keys
            db.execute("BEGIN IMMEDIATE")
            db.executemany("UPDATE events SET body = ?, crc = ? WHERE seq = ? AND crc = ?", changed)
            db.execute("COMMIT")

    def _remember(self, group: Sequence[Append], results: Sequence[Appended]) -> None:
        """Before anybody is told: whoever asks for the newest row after an acknowledgement must meet it."""
        last = next((row for result in reversed(results) for row in reversed(result.rows) if row), 0)
        if last and any(job.kept is None for job in group):
            self._newest.passed(last)
        elif last:
            self._newest.added(*_tail(group, results))


def _tail(group: Sequence[Append], results: Sequence[Appended]) -> tuple[list[int], list[Readable], list[int]]:
    """The newest rows of a group, as many as are remembered: (rows, events, bytes), oldest first."""
    rows: list[int] = []
    events: list[Readable] = []
    sizes: list[int] = []
    for job, result in zip(reversed(group), reversed(results), strict=True):
        rows += reversed(result.rows)
        events += reversed(job.kept or ())
        sizes += map(len, reversed(bodies_of(job.events)))
        if len(rows) >= ROWS:
            break
    if 0 in rows:  # an id that was known
        events = list(compress(events, rows))
        sizes = list(compress(sizes, rows))
        rows = [row for row in rows if row]
    return rows[::-1], events[::-1], sizes[::-1]


def _in_one_transaction(db: apsw.Connection, group: Sequence[Append]) -> list[Appended]:
    db.execute("BEGIN IMMEDIATE")
    try:
        last = next(db.execute("SELECT ifnull(max(seq), 0) FROM events"))[0]
        live = [job.events if not job.replays or _replay(db, job.replays) else [] for job in group]
        moved = sum(bool(job.replays and rows) for job, rows in zip(group, live, strict=True))
        before = db.total_changes()
        _insert(db, live)
        stored = db.total_changes() - before
        failed = [_fail(db, one) for job in group for one in job.failed]
        known = failed.count(0)
        duplicate = sum(map(len, live)) - stored + known
        db.execute(_COUNT, (stored, duplicate, len(failed) - known - moved, sum(job.refused for job in group)))
        rows = _numbers(db, group, last, stored)
        numbers = iter(failed)
        results = [Appended(next(rows), tuple(islice(numbers, len(job.failed)))) for job in group]
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    return results


def _insert(db: apsw.Connection, live: Sequence[list[Written] | Packed]) -> None:
    """All rows in their order; what came loose is put together first, so that few statements are enough."""
    loose: list[Written] = []
    for rows in live:
        if not isinstance(rows, Packed):
            loose += rows
            continue
        _bound(db, Packed.of(loose))
        loose = []
        _bound(db, rows)
    _bound(db, Packed.of(loose))


def _bound(db: apsw.Connection, rows: Packed) -> None:
    at, values = 0, rows.values
    for size, sql in _INSERTS:
        while len(values) - at >= size * COLUMNS:
            db.execute(sql, values[at : at + size * COLUMNS])
            at += size * COLUMNS


def _numbers(db: apsw.Connection, group: Sequence[Append], last: int, stored: int) -> Iterator[tuple[int, ...]]:
    """The new row of every event of every job, 0 for an id that was known."""
    if stored == sum(len(job.events) for job in group):
        numbers = iter(range(last + 1, last + 1 + stored))
        return (tuple(islice(numbers, len(job.events))) for job in group)
    new: dict[str, int] = dict(db.execute("SELECT id, seq FROM events WHERE seq > ?", (last,)))
    return (tuple(new.pop(event.id, 0) for event in job.events) for job in group)


def _replay(db: apsw.Connection, seq: int) -> bool:
    """Mark a failed event as replayed; whether it was there and was not."""
    before = db.total_changes()
    db.execute("UPDATE failed SET replayed = 1, raw = x'' WHERE seq = ? AND replayed = 0", (seq,))
    return db.total_changes() != before


def _fail(db: apsw.Connection, one: FailedRow) -> int:
    """The number of a new failed event; 0 where the same bytes of the same source are known."""
    before = db.total_changes()
    db.execute(_FAIL, one)
    return db.last_insert_rowid() if db.total_changes() != before else 0
