"""The contract of the event log: append once, read in order, never lose what was acknowledged.

`SqliteLog` (sqlite_log.py) is the embedded one. The suite in tests/store/log_suite.py is the contract's other half:
every log inherits it unchanged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from typing import Protocol

from msgspec import Struct

from salience.events import AnyEvent


class Ledger(Struct, frozen=True):
    """What came in and what became of it: ``received = stored + duplicate + failed + refused``, at every moment."""

    received: int = 0
    stored: int = 0
    duplicate: int = 0
    failed: int = 0
    refused: int = 0

    @property
    def balanced(self) -> bool:
        """Whether nothing is unaccounted for."""
        return self.received == self.stored + self.duplicate + self.failed + self.refused


class Failed(Struct, frozen=True):
    """An event that could not be accepted, kept with its reason and its raw bytes."""

    raw: bytes
    reason: str
    received: int
    seq: int = 0


class Appended(Struct, frozen=True):
    """The durable result of one append: per event its log row, or 0 where its id was already known."""

    rows: tuple[int, ...]


class EventLog(Protocol):
    """One append-only log. Rows are numbered from 1 in commit order, without gaps visible to a reader."""

    def append(self, events: Sequence[AnyEvent], failed: Sequence[Failed] = (), refused: int = 0) -> Future[Appended]:
        """Store events whose id is new; resolves once synced to disk. The ledger moves in the same transaction."""
        ...

    def read(self, after: int = 0, limit: int = 1000) -> list[tuple[int, AnyEvent]]:
        """Up to ``limit`` (row, event) pairs with row > ``after``, in order."""
        ...

    def find(self, event_id: str) -> tuple[int, AnyEvent] | None:
        """The row and the event with this id."""
        ...

    def of_subject(self, subject: str, limit: int = 1000) -> list[tuple[int, AnyEvent]]:
        """The newest ``limit`` events of one person, oldest first."""
        ...

    def last(self) -> int:
        """The number of the newest row; 0 when empty."""
        ...

    def ledger(self) -> Ledger:
        """The counts, read in one transaction."""
        ...

    def failures(self, limit: int = 100) -> Iterator[Failed]:
        """Failed events, newest first."""
        ...

    def close(self) -> None:
        """Finish what was accepted, then close."""
        ...
