"""The newest rows of a log as the process that wrote them remembers them: its own fold need not read them back.

What is kept is what reading would give: the bytes that were stored, where nothing in them is sealed, or the event that
was read from the sender's JSON. It is no second truth: rows that were written as a table, or were rewritten since, are
not here, and are then read from the disk.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from salience.events import AnyEvent
from salience.store.rows import Readable, readable

ROWS, BYTES = 2_000, 16_000_000
"""Kept at most: a fold is milliseconds behind."""


class Newest:
    """Rows without a gap up to `last`. Any thread may ask; one at a time writes (the log's writing lock)."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._last: int | None = None
        self._first = 1
        self._events: list[Readable] = []
        self._sizes: list[int] = []
        self._held = 0

    @property
    def last(self) -> int | None:
        """The number of the newest row; None while it has to be asked of the disk."""
        return self._last

    def passed(self, row: int) -> None:
        """Committed: everything up to this row, and the newest of it is not kept."""
        with self._turn:
            self._forget(row + 1)
            self._last = row

    def added(self, rows: Sequence[int], events: Sequence[Readable], sizes: Sequence[int]) -> None:
        """Committed: these rows in their order; they are all that was committed since the last call."""
        with self._turn:
            if self._last is None or rows[0] != self._last + 1:
                self._forget(rows[0])
            self._events += events
            self._sizes += sizes
            self._held += sum(sizes)
            if len(self._events) > ROWS or self._held > BYTES:
                half = len(self._events) // 2 + 1
                self._held -= sum(self._sizes[:half])
                del self._events[:half], self._sizes[:half]
                self._first += half
            self._last = rows[-1]

    def after(self, row: int, limit: int) -> list[tuple[int, AnyEvent]] | None:
        """What `EventLog.read` answers; None where it has to be asked of the disk."""
        with self._turn:
            at = row + 1 - self._first
            if self._last is None or at < 0:
                return None
            found = self._events[at : at + limit]
        return list(enumerate(map(readable, found), row + 1))

    def clear(self) -> None:
        """Rows were rewritten, or nobody knows what the disk holds: ask it again."""
        with self._turn:
            self._forget(1)
            self._last = None

    def _forget(self, first: int) -> None:
        self._first, self._held = first, 0
        self._events, self._sizes = [], []
