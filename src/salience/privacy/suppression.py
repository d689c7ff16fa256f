"""The list of people who were erased: keyed hashes, never ids. What arrives late for them is refused, not stored.

A tombstone says: whatever is dated up to ``at``, or stands in the log up to ``row``, of whoever has this pseudonym,
must not exist. The same id may come back later as a brand-new person. A restored backup is cleaned by the same list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct


class Tombstone(Struct, frozen=True):
    """``receipt``: the erasure it belongs to, which had one tombstone per id of the person."""

    pseudonym: str
    receipt: str
    at: int
    row: int


class Suppression:
    """Who was erased. ``mark``: id -> its pseudonyms, one per version of the key.

    >>> list_ = Suppression(lambda name: (f"p1_{name}",))
    >>> list_.add([Tombstone("p1_ann", "r1", at=10, row=3)])
    >>> list_.covers("ann", 10), list_.covers("ann", 11), list_.covers("bob", 5)
    (True, False, False)
    """

    def __init__(self, mark: Callable[[str], Iterable[str]]) -> None:
        self._mark = mark
        self._known: dict[str, Tombstone] = {}
        self.newest = -1

    def __len__(self) -> int:
        return len(self._known)

    def add(self, tombstones: Iterable[Tombstone]) -> None:
        """Take in; of two for one pseudonym the later one stands."""
        for stone in tombstones:
            before = self._known.get(stone.pseudonym)
            if before is None or (stone.at, stone.row) > (before.at, before.row):
                self._known[stone.pseudonym] = stone
                self.newest = max(self.newest, stone.at)

    def of(self, subject: str) -> Tombstone | None:
        """The newest tombstone of this id."""
        if not self._known or not subject:
            return None
        found = [self._known[name] for name in self._mark(subject) if name in self._known]
        return max(found, key=lambda stone: stone.at, default=None)

    def covers(self, subject: str, time: int) -> bool:
        """Whether something of this id that happened at ``time`` is late data of an erased person.

        What is newer than every erasure is nobody's late data, and needs no hash: almost all that comes in live.
        """
        if time > self.newest:
            return False
        stone = self.of(subject)
        return stone is not None and time <= stone.at
