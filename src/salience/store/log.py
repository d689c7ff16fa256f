"""The contract of the event log: append once, read in order, never lose what was acknowledged.

`SqliteLog` (sqlite_log.py) is the embedded one, `PostgresLog` (postgres_log.py) the one on a
server. The suite in tests/store/log_suite.py is the contract's other half:
every log inherits it unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import Protocol

from msgspec import Struct

from salience.events import AnyEvent
from salience.events.written import Written


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


VOCABULARY = 1
"""The version of the events' vocabulary; kept with what failed under it."""


class Failed(Struct, frozen=True):
    """An event that could not be accepted, kept with its reason and its raw bytes until it is replayed.

    ``schema``: the vocabulary that it failed under; ``public``: whether a public key sent it (its replay may do no
    more); ``once``: the same bytes from the same source count as duplicate, as when a file is read again;
    ``replayed``: it went in after all, and its raw bytes are gone.
    """

    raw: bytes
    reason: str
    received: int
    seq: int = 0
    source: str = ""
    schema: int = VOCABULARY
    public: bool = False
    once: bool = False
    replayed: bool = False


class Appended(Struct, frozen=True):
    """The durable result of one append: per event its log row, or 0 where its id was already known.

    ``failed``: the same for the failed ones: their number, or 0 for one that was known and counted as duplicate.
    """

    rows: tuple[int, ...]
    failed: tuple[int, ...] = ()


class Erased(Struct, frozen=True):
    """What `EventLog.erase` found: ``rows`` about the people, ``mentions`` in rows of others, ``failed`` events."""

    rows: int = 0
    mentions: int = 0
    failed: int = 0


class EventLog(Protocol):
    """One append-only log. Rows are numbered from 1 in commit order; a reader meets no gap but rows that expired."""

    def append(
        self,
        events: Sequence[AnyEvent | Written],
        failed: Sequence[Failed] = (),
        refused: int = 0,
        *,
        replays: int = 0,
        judged: bool = False,
    ) -> Future[Appended]:
        """Store events whose id is new; resolves once synced to disk. The ledger moves in the same transaction.

        ``replays``: the number of the failed event that these events are, after all. It moves from failed to stored
        (or duplicate), received stays, its raw bytes go; one that is replayed already changes nothing (rows 0).
        ``judged``: the events come out of `collect.accept`, so that they can be read back is known.
        """
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

    def failures(self, limit: int = 100, *, before: int = 0) -> Iterator[Failed]:
        """Failed events, newest first; with ``before``, those of a smaller number."""
        ...

    def failure(self, seq: int) -> Failed | None:
        """The failed event of this number."""
        ...

    def expire(self, kinds: Sequence[str], before: int) -> int:
        """Forget the events of these kinds that happened before ``before`` (ms); how many.

        Their rows keep number and id (an id counts once for ever) and are no longer read; the bytes are gone.
        """
        ...

    def expire_failures(self, before: int) -> int:
        """Forget the raw bytes of failed events received before ``before`` (ms); how many. Their reasons stay."""
        ...

    def erase(self, subjects: Sequence[str], *, up_to: int = 0) -> Erased:
        """Erase people: their rows up to row ``up_to`` (0: all), rows that name them, and failed events that do.

        Rows keep their numbers, so the ledger still balances; ids, subjects and bodies are gone, also from old pages
        and from what was written ahead. `Unavailable` while somebody reads the old pages: then ask again.
        """
        ...

    def reseal(self, again: Callable[[bytes], bytes | None]) -> int:
        """Put another body in the place of every sealed one for which ``again`` gives one; how many. Readers go on."""
        ...

    def subjects(self) -> Iterator[str]:
        """Everybody whom a row is about."""
        ...

    def newest(self) -> Iterator[tuple[str, AnyEvent]]:
        """Everybody whom a row is about, with the newest of their events."""
        ...

    def damages(self) -> list[str]:
        """Everything that is not as it was written, in words; empty is well. Reads the whole log."""
        ...

    @property
    def trouble(self) -> str:
        """Why the last group failed; empty when it did not."""
        ...

    @property
    def waiting(self) -> int:
        """Rows that wait for the disk."""
        ...

    def close(self) -> None:
        """Finish what was accepted, then close."""
        ...
