"""What the logs that keep events in a database share: the way in, reads, and one transaction for each group.

`SqliteLog` and `PostgresLog` say how a statement is run, how a group is written and how old bytes are given up. The
statements here are those that both databases take as they are, but for the mark that stands for a value.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future
from typing import Any, ClassVar, Self
from zlib import crc32

from salience.events import AnyEvent
from salience.events.written import Written
from salience.store.faults import Unavailable
from salience.store.group_commit import Bounds, GroupCommit
from salience.store.log import Appended, Failed, Ledger
from salience.store.rows import (
    Append,
    Codec,
    Plain,
    Readable,
    event_of,
    failed_of,
    failed_row_of,
    is_sealed,
    mentions,
    names_any,
    read_back,
    rows_of,
)

EXPIRE_AT_ONCE, RESEAL_AT_ONCE, CHECK_AT_ONCE = 5_000, 1_000, 10_000
READ_ONLY = "the log was opened for reading only"

Changed = tuple[bytes, int, int, int]
"""A body sealed anew: (body, its checksum, row, the checksum of the body that it takes the place of)."""


class DatabaseLog(ABC):
    """An `EventLog` in a database: what does not depend on which."""

    MARK: ClassVar[str]
    """What stands for a value in a statement."""
    NAME: ClassVar[str]
    """What it is called in an error."""
    ERRORS: ClassVar[tuple[type[Exception], ...]]
    """Errors of the database, not of a single event: nothing of the group was acknowledged."""

    def __init__(self, codec: Codec | None) -> None:
        self._codec: Codec = codec or Plain()
        self._queue: GroupCommit[Append] | None = None
        self._writing = threading.Lock()
        self._trouble = ""
        self._commits = 0

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
        """Rows that wait for the database."""
        return self._queue.waiting if self._queue else 0

    @property
    def trouble(self) -> str:
        """Why the last group failed; empty when it did not."""
        return self._trouble

    # --- in -----------------------------------------------------------------------------------------------------------

    def append(
        self,
        events: Sequence[AnyEvent | Written],
        failed: Sequence[Failed] = (),
        refused: int = 0,
        *,
        replays: int = 0,
        judged: bool = False,
    ) -> Future[Appended]:
        """See `EventLog.append`.

        Raises `Busy` when too much waits, `Unavailable` when closed or read-only, `InvalidInput` for an event that
        could not be read back (e.g. an empty id). The future fails with `Unavailable` when the database does.
        Callbacks of the future run in the writer thread, so they must be short.
        """
        if self._queue is None:
            raise Unavailable(READ_ONLY)
        again = None if judged else read_back(events)
        rows = rows_of(events, self._codec)
        kept = self._kept(events, rows, again)
        job = Append(rows, [failed_row_of(one, self._codec) for one in failed], refused, replays, kept)
        self._queue.submit(job)
        return job.future

    def _begin(self, bounds: Bounds | None) -> None:
        self._queue = GroupCommit(self._commit_group, bounds or Bounds(), name="salience-log")

    def _commit_group(self, group: Sequence[Append]) -> None:
        """In the writer thread: one transaction for the whole group, then its futures."""
        try:
            with self._writing:
                results = self._written(group)
        except self.ERRORS as error:
            self._broken(error)
            self._trouble = str(error)
            raise Unavailable(f"{self.NAME} did not take the events: {error}") from error
        except Exception as error:
            # Not the database but one of the jobs: the others must not suffer for it.
            if len(group) == 1:
                raise Unavailable(f"this event cannot be stored: {error}") from error
            for job in group:
                self._commit_alone(job)
            return
        self._commits += 1
        self._trouble = ""
        for job, result in zip(group, results, strict=True):
            job.future.set_result(result)
        self._committed()

    def _commit_alone(self, job: Append) -> None:
        try:
            self._commit_group([job])
        except Unavailable as error:
            job.fail(error)

    # --- out ----------------------------------------------------------------------------------------------------------

    def read(self, after: int = 0, limit: int = 1000) -> list[tuple[int, AnyEvent]]:
        """Up to ``limit`` (row, event) pairs with row > ``after``, in order."""
        return self._events(f"seq > {self.MARK} AND kind <> '' ORDER BY seq LIMIT {self.MARK}", after, limit)

    def find(self, event_id: str) -> tuple[int, AnyEvent] | None:
        """The row and the event with this id."""
        return next(iter(self._events(f"id = {self.MARK} AND kind <> ''", event_id)), None)

    def last(self) -> int:
        """The number of the newest row; 0 when empty."""
        found = self._query("SELECT seq FROM events WHERE kind <> '' ORDER BY seq DESC LIMIT 1")
        return int(found[0][0]) if found else 0

    def ledger(self) -> Ledger:
        """The counts, read in one statement."""
        return Ledger(*self._query("SELECT received, stored, duplicate, failed, refused FROM ledger")[0])

    def failures(self, limit: int = 100, *, before: int = 0) -> Iterator[Failed]:
        """Failed events, newest first; with ``before``, those of a smaller number."""
        where, values = (f"seq < {self.MARK}", (before,)) if before else ("true", ())
        return iter(self._failed(f"{where} ORDER BY seq DESC LIMIT {self.MARK}", *values, limit))

    def failure(self, seq: int) -> Failed | None:
        """The failed event of this number."""
        return next(iter(self._failed(f"seq = {self.MARK}", seq)), None)

    def subjects(self) -> Iterator[str]:
        """See `EventLog.subjects`."""
        return (row[0] for row in self._query("SELECT DISTINCT subject FROM events WHERE subject <> ''"))

    def damages(self) -> list[str]:
        """Everything that is not as it was written, in words; empty is well. Reads the whole log."""
        found, after = [], 0
        while rows := self._bodies("seq >", after, CHECK_AT_ONCE):
            found += [f"event row {row}: checksum differs" for row, body, crc in rows if crc32(body) != crc]
            after = rows[-1][0]
        counted = "(SELECT count(*) FROM events), failed, (SELECT count(*) FROM failed WHERE NOT replayed)"
        stored, there, failed, kept = self._query(f"SELECT stored, {counted} FROM ledger")[0]  # noqa: S608 - our text
        if stored != there:
            found.append(f"the ledger counts {stored:,} stored events, the table holds {there:,}")
        if failed != kept:
            found.append(f"the ledger counts {failed:,} failed events, the table holds {kept:,}")
        return found

    def reseal(self, again: Callable[[bytes], bytes | None]) -> int:
        """See `EventLog.reseal`."""
        count, after = 0, 0
        while rows := self._bodies("kind <> '' AND seq >", after, RESEAL_AT_ONCE):
            after = rows[-1][0]
            changed = [
                (new, crc32(new), seq, crc) for seq, body, crc in rows if is_sealed(body) and (new := again(body))
            ]
            if changed:
                self._replace(changed)
                count += len(changed)
        return count

    def _events(self, where: str, *values: object) -> list[tuple[int, AnyEvent]]:
        rows = self._query(f"SELECT seq, body, crc FROM events WHERE {where}", *values)  # noqa: S608 - our own text
        return [(row, event_of(row, bytes(body), crc, self._codec)) for row, body, crc in rows]

    def _bodies(self, above: str, after: int, limit: int) -> list[tuple[int, bytes, int]]:
        sql = f"SELECT seq, body, crc FROM events WHERE {above} {self.MARK} ORDER BY seq LIMIT {self.MARK}"  # noqa: S608
        return [(row, bytes(body), crc) for row, body, crc in self._query(sql, after, limit)]

    def _failed(self, where: str, *values: object) -> list[Failed]:
        columns = "seq, raw, key, reason, received, source, schema, public, replayed"
        rows = self._query(f"SELECT {columns} FROM failed WHERE {where}", *values)  # noqa: S608 - our own text
        return [failed_of(row, self._codec) for row in rows]

    def _naming(self, names: Collection[str]) -> tuple[list[int], list[int]]:
        """The numbers of events of somebody else, and of failed events, that name one of these people."""
        named = [row for row, event in self._events("kind = 'follow'") if mentions(event, names)]
        found, before = [], 0
        while page := list(self.failures(EXPIRE_AT_ONCE, before=before)):
            found += [one.seq for one in page if one.raw and names_any(one.raw, names)]
            before = page[-1].seq
        return named, found

    # --- what depends on the database ---------------------------------------------------------------------------------

    @abstractmethod
    def close(self) -> None:
        """Finish what was accepted, then close. Closing twice is allowed."""

    @abstractmethod
    def _query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of a statement; `Unavailable` if they cannot be read."""

    @abstractmethod
    def _kept(
        self, events: Sequence[AnyEvent | Written], rows: Sequence[Written], again: Sequence[AnyEvent] | None
    ) -> Sequence[Readable] | None:
        """What the fold will read of these, where that is known; ``again``: as read back, None if they were judged."""

    @abstractmethod
    def _written(self, group: Sequence[Append]) -> list[Appended]:
        """One transaction for the group, the keys before it. Called with the writing lock held."""

    @abstractmethod
    def _broken(self, error: Exception) -> None:
        """A group failed by one of `ERRORS`: decide whether the connection can still be trusted."""

    def _committed(self) -> None:  # noqa: B027 - most have nothing left to do
        """After a group, once everybody has been told."""

    @abstractmethod
    def _replace(self, changed: Sequence[Changed]) -> None:
        """Put bodies in the place of others, each only where the old one is still there; the keys before them."""
