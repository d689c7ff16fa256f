"""State in process: profiles and counts, rebuilt at any time by folding the log.

Items are columns (a code per item, one array per count), people are small dictionaries. One lock guards both: a fold
holds it for microseconds, a read copies what one request needs.
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Iterable
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from salience.events import Item
from salience.events.reading import Count, Person, Reading
from salience.events.write import Append, Increment, Merge, Put, Write

HISTORY_CAP = 2_000
"""Entries of one person's history kept in memory; the log keeps all of them."""


class State:
    """Folds of the log, for one workspace. ``as_of`` is the last log row that it holds."""

    def __init__(self) -> None:
        self.as_of = 0
        self._lock = threading.Lock()
        self._people: dict[str, _Profile] = {}
        self._same: dict[str, str] = {}
        self._codes: dict[str, int] = {}
        self._names: list[str] = []
        self._ties = array("q")
        self._cards: list[Item | None] = []
        self._card_times: list[int] = []
        self._counts: dict[str, _Column] = {}
        self._available: NDArray[np.int64] | None = None

    def apply(self, writes: Iterable[Write], as_of: int) -> None:
        """Carry out the writes of log rows up to ``as_of``, as one step that no reader sees half of."""
        with self._lock:
            for write in writes:
                match write:
                    case Append():
                        self._append(write)
                    case Increment():
                        self._increment(write)
                    case Put(scope="item"):
                        self._describe(write)
                    case Put():
                        self._profile(write.key).put(write.field, write.value, write.time)
                    case Merge():
                        self._merge(write.source, write.into)
            self.as_of = max(self.as_of, as_of)

    def read(self, subject: str) -> Reading:
        """The one batched read of a request: the person's profile and the catalogue."""
        with self._lock:
            return Reading(
                person=self._view(subject),
                names=self._names,  # append-only, and read by code: safe to share without copying
                cards=self._cards,
                available=self._available_codes(),
                ties=np.array(self._ties, dtype=np.int64),
                counts={name: column.view() for name, column in self._counts.items()},
                as_of=self.as_of,
            )

    def person(self, subject: str) -> Person:
        """The person's profile alone."""
        with self._lock:
            return self._view(subject)

    def codes(self, items: Iterable[str]) -> NDArray[np.int64]:
        """The codes of these items; -1 for items that state has never heard of."""
        with self._lock:
            return np.array([self._codes.get(item, -1) for item in items], dtype=np.int64)

    def adopt(self, items: Iterable[str]) -> NDArray[np.int64]:
        """The codes of these items, making new ones where needed: a model may know items that no event named yet."""
        with self._lock:
            return np.array([self._code(item) for item in items], dtype=np.int64)

    def card(self, item: str) -> Item | None:
        """What the catalogue says of an item; None if it was never described."""
        code = self._codes.get(item)
        return None if code is None else self._cards[code]

    def knows(self, subject: str) -> bool:
        """Whether any event was about this person."""
        return self._root(subject) in self._people

    @property
    def size(self) -> tuple[int, int]:
        """(people, items)."""
        return len(self._people), len(self._names)

    # --- one method per write -----------------------------------------------------------------------------------------

    def _append(self, write: Append) -> None:
        profile = self._profile(write.person)
        profile.remember(self._code(write.item), write.strength, write.time, write.kind)
        profile.newest_received = max(profile.newest_received, write.received)

    def _increment(self, write: Increment) -> None:
        column = self._counts.get(write.field)
        if column is None:
            column = self._counts[write.field] = _Column(write.half_life_ms)
        column.add(self._code(write.item), write.by, write.time)

    def _describe(self, write: Put) -> None:
        code = self._code(write.key)
        if write.time >= self._card_times[code]:
            self._cards[code], self._card_times[code] = write.value, write.time
            self._available = None

    def _merge(self, source: str, into: str) -> None:
        old, new = self._root(source), self._root(into)
        if old == new:  # the same merge again, or a loop of aliases: they already are one person
            return
        self._same[old] = new
        moved = self._people.pop(old, None)
        if moved:
            self._profile(new).absorb(moved)

    # --- look-ups -----------------------------------------------------------------------------------------------------

    def _root(self, subject: str) -> str:
        while subject in self._same:
            subject = self._same[subject]
        return subject

    def _profile(self, subject: str) -> _Profile:
        return self._people.setdefault(self._root(subject), _Profile())

    def _view(self, subject: str) -> Person:
        profile = self._people.get(self._root(subject))
        return profile.view(subject) if profile else Person(subject)

    def _code(self, item: str) -> int:
        code = self._codes.get(item)
        if code is None:
            code = self._codes[item] = len(self._names)
            self._names.append(item)
            self._ties.append(crc32(item.encode()))
            self._cards.append(None)
            self._card_times.append(0)
            self._available = None
        return code

    def _available_codes(self) -> NDArray[np.int64]:
        if self._available is None:
            can_be_had = (card is None or card.available for card in self._cards)
            self._available = np.flatnonzero(np.fromiter(can_be_had, bool, len(self._cards)))
        return self._available


class _Profile:
    """One person, mutable, private to this file. ``history``: item code -> (strength, time, kind)."""

    __slots__ = ("fields", "history", "newest_received")

    def __init__(self) -> None:
        self.history: dict[int, tuple[float, int, str]] = {}
        self.fields: dict[str, tuple[int, Any]] = {}
        self.newest_received = 0

    def remember(self, code: int, strength: float, time: int, kind: str) -> None:
        known = self.history.get(code)
        if known is None:
            self.history[code] = (strength, time, kind)
            if len(self.history) > HISTORY_CAP:
                del self.history[min(self.history, key=lambda c: self.history[c][1])]
        else:  # the stronger deed names the entry, the newer one dates it
            stronger, done = max((known[0], known[2]), (strength, kind))
            self.history[code] = (stronger, max(known[1], time), done)

    def put(self, field: str, value: Any, time: int) -> None:
        if time >= self.fields.get(field, (0, None))[0]:
            self.fields[field] = (time, value)

    def absorb(self, other: _Profile) -> None:
        for code, (strength, time, kind) in other.history.items():
            self.remember(code, strength, time, kind)
        for field, (time, value) in other.fields.items():
            self.put(field, value, time)
        self.newest_received = max(self.newest_received, other.newest_received)

    def view(self, key: str) -> Person:
        entries = sorted(self.history.items(), key=lambda entry: entry[1][1])
        return Person(
            key=key,
            items=np.array([code for code, _ in entries], dtype=np.int64),
            strengths=np.array([entry[0] for _, entry in entries], dtype=np.float32),
            times=np.array([entry[1] for _, entry in entries], dtype=np.int64),
            kinds=tuple(entry[2] for _, entry in entries),
            fields={name: value for name, (_, value) in self.fields.items() if value is not None},
            newest_received=self.newest_received,
        )


class _Column:
    """A decaying count per item code, grown by doubling."""

    __slots__ = ("half_life_ms", "size", "time")

    def __init__(self, half_life_ms: float) -> None:
        self.half_life_ms = half_life_ms
        self.size = np.zeros(64)
        self.time = np.zeros(64, dtype=np.int64)

    def add(self, code: int, by: float, time: int) -> None:
        if code >= len(self.size):
            room = np.zeros(max(code + 1, len(self.size)))
            self.size, self.time = np.concatenate((self.size, room)), np.concatenate((self.time, room.astype(np.int64)))
        gap = time - int(self.time[code])
        if gap >= 0:
            self.size[code] = self.size[code] * 2.0 ** (-gap / self.half_life_ms) + by
            self.time[code] = time
        else:  # a late event: it has been fading since it happened
            self.size[code] += by * 2.0 ** (gap / self.half_life_ms)

    def view(self) -> Count:
        return Count(self.size.copy(), self.time.copy(), self.half_life_ms)
