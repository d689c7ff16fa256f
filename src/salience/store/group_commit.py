"""One thread that commits for everybody: while one group is being synced, the next one gathers.

A sync costs the disk about as much for one row as for a thousand, so callers that arrive together share one.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

from salience.store.faults import Busy, Unavailable


class Job(Protocol):
    """Something to be committed as a whole, with somebody waiting for it."""

    @property
    def rows(self) -> int:
        """How many rows it writes."""
        ...

    @property
    def size(self) -> int:
        """About how many bytes it writes."""
        ...

    def fail(self, error: Exception) -> None:
        """Tell whoever waits that nothing was acknowledged."""
        ...


J = TypeVar("J", bound=Job)


class Bounds(Struct, frozen=True):
    """How much one group may hold, and how much may wait in all before new jobs are refused."""

    group_rows: int = 10_000
    group_bytes: int = 16_000_000
    waiting_rows: int = 200_000
    waiting_bytes: int = 256_000_000


class GroupCommit(Generic[J]):
    """Runs ``commit(group)`` in a thread of its own, one group at a time, in order of arrival.

    ``commit`` settles the jobs it gets; jobs left unsettled by an exception are failed with it.
    """

    def __init__(self, commit: Callable[[Sequence[J]], None], bounds: Bounds, *, name: str) -> None:
        self._commit, self._bounds = commit, bounds
        self._queue: deque[J] = deque()
        self._rows = self._bytes = 0  # waiting or being committed
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Rows that wait or are being committed."""
        return self._rows

    def submit(self, job: J) -> None:
        """Queue a job. `Busy` when too much waits already (a job alone in the queue is always taken)."""
        with self._changed:
            if self._closing:
                raise Unavailable("the log is closed")
            bounds = self._bounds
            if self._rows and (
                self._rows + job.rows > bounds.waiting_rows or self._bytes + job.size > bounds.waiting_bytes
            ):
                raise Busy(self._rows, bounds.waiting_rows)
            self._queue.append(job)
            self._rows += job.rows
            self._bytes += job.size
            self._changed.notify()

    def close(self) -> None:
        """Refuse new jobs, commit those that wait, end the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    def _take(self) -> list[J]:
        """The next group; empty once closed and drained."""
        with self._changed:
            while not self._queue and not self._closing:
                self._changed.wait()
            group: list[J] = []
            rows = size = 0
            while self._queue:
                job = self._queue[0]
                rows, size = rows + job.rows, size + job.size
                if group and (rows > self._bounds.group_rows or size > self._bounds.group_bytes):
                    break
                group.append(self._queue.popleft())
            return group

    def _run(self) -> None:
        while group := self._take():
            try:
                self._commit(group)
            except Exception as error:  # noqa: BLE001 - the thread must outlive anything; the waiters get the error
                for job in group:
                    job.fail(error)
            with self._changed:
                self._rows -= sum(job.rows for job in group)
                self._bytes -= sum(job.size for job in group)
