"""State in process: profiles and counts, rebuilt at any time by folding the log.

Items are columns (a code per item, one array per count), people are small dictionaries, one for each id: those that are
one person (`salience.events.identity`) are put together when they are read, so a merge can be taken back at any time.
One lock guards both: a fold holds it for microseconds, a read copies what one request needs.
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Callable, Collection, Iterable
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from salience.events import Item
from salience.events.identity import Identity
from salience.events.insights import WORDS, WORDS_MAY
from salience.events.reading import Person, Reading
from salience.events.write import Append, Cut, Increment, Merge, Put, Seen, Void, Write
from salience.store.tally import Tally

HISTORY_CAP = 2_000
"""Entries of one person's history kept in memory; the log keeps all of them."""


class State:
    """Folds of the log, for one workspace. ``as_of`` is the last log row that it holds."""

    def __init__(self) -> None:
        self.as_of = 0
        self._lock = threading.RLock()  # what folds may ask who is who between two writes
        self._people: dict[str, _Profile] = {}
        self._heard: dict[str, int] = {}
        self.identity = Identity()
        self._codes: dict[str, int] = {}
        self._names: list[str] = []
        self._ties = array("q")
        self._cards: list[Item | None] = []
        self._card_times: list[int] = []
        self._counts: dict[str, Tally] = {}
        self._available: NDArray[np.int64] | None = None
        self._carry: dict[type, Callable[[Any], None]] = {
            Append: self._append,
            Increment: self._increment,
            Seen: self._hear,
            Put: self._put,
            Merge: self._link,
            Cut: self._link,
            Void: self._link,
        }

    def apply(self, writes: Iterable[Write], as_of: int) -> None:
        """Carry out the writes of log rows up to ``as_of``, as one step that no reader sees half of."""
        with self._lock:
            for write in writes:
                self._carry[type(write)](write)
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

    def forget(self, subjects: Collection[str]) -> None:
        """Drop what is known of these ids, at once. Counts of items follow when the log is folded anew."""
        with self._lock:
            for subject in subjects:
                self._people.pop(subject, None)
                self._heard.pop(subject, None)
            for tally in self._counts.values():
                tally.forget(subjects)

    def items(self) -> tuple[str, ...]:
        """Every item by its code."""
        with self._lock:
            return tuple(self._names)

    def knows(self, subject: str) -> bool:
        """Whether any event was about this person."""
        with self._lock:
            return any(name in self._people for name in self.identity.members(subject))

    def everybody(self, also: Iterable[str] = ()) -> list[str]:
        """The name of every person known, and of these ids' people, in the order of the alphabet."""
        with self._lock:
            return sorted({self.identity.name(name) for name in (*self._people, *also)})

    def members(self, subject: str) -> tuple[str, ...]:
        """Every id of the person that this id belongs to."""
        if not self.identity.linked(subject):  # most ids: one look, which needs no turn
            return (subject,)
        with self._lock:
            return self.identity.members(subject)

    def unit(self, subject: str) -> str:
        """The id by which a person is assigned to variants: of all their ids the one that was heard of first.

        A visitor who signs up keeps the visitor's unit, so a variant does not change at sign-in. Somebody who comes
        back on a new device and signs in gets the account's unit again: until then they were assigned as a stranger,
        and an experiment must count that (their ids have several units of their own).
        """
        with self._lock:
            return min(self.identity.members(subject), key=lambda name: (self._heard.get(name, 1 << 62), name))

    def heard(self, subject: str) -> int:
        """When an id was heard of first, ms UTC by our clock; 0 if it never was."""
        return self._heard.get(subject, 0)

    @property
    def size(self) -> tuple[int, int]:
        """(people, items)."""
        with self._lock:
            several = {self.identity.members(name) for name in self.identity.ids()}
            fewer = sum(max(sum(name in self._people for name in person) - 1, 0) for person in several)
            return len(self._people) - fewer, len(self._names)

    # --- one method per write -----------------------------------------------------------------------------------------

    def _append(self, write: Append) -> None:
        profile = self._profile(write.person)
        profile.remember(self._code(write.item), write.strength, write.time, write.kind)
        if write.received > profile.newest_received:
            profile.newest_received = write.received

    def _increment(self, write: Increment) -> None:
        tally = self._counts.get(write.field)
        if tally is None:
            tally = self._counts[write.field] = Tally(write.half_life_ms)
        person = write.person
        tally.add(self.identity.members(person), person, self._code(write.item), write.by, write.time)

    def _link(self, write: Merge | Cut | Void) -> None:
        """Who is who changes, and with it who was counted twice."""
        names = self.identity.touched(write) if self._counts else ()
        before = {self.identity.members(name) for name in names}
        self.identity.apply(write)
        after = {self.identity.members(name) for name in names}
        for tally in self._counts.values() if before != after else ():
            tally.regroup(before - after, after - before)

    def _hear(self, write: Seen) -> None:
        known = self._heard.get(write.person)
        if known is None or write.received < known:
            self._heard[write.person] = write.received

    def _put(self, write: Put) -> None:
        if write.scope == "item":
            self._describe(write)
        else:
            self._profile(write.key).put(write.field, write.value, write.time)

    def _describe(self, write: Put) -> None:
        code = self._code(write.key)
        if write.time >= self._card_times[code]:
            self._cards[code], self._card_times[code] = write.value, write.time
            self._available = None

    # --- look-ups -----------------------------------------------------------------------------------------------------

    def _profile(self, subject: str) -> _Profile:
        profile = self._people.get(subject)
        if profile is None:
            profile = self._people[subject] = _Profile()
        return profile

    def _together(self, members: tuple[str, ...]) -> _Profile:
        """One profile out of those of all ids of a person; the order of the ids does not matter."""
        found = [profile for name in members if (profile := self._people.get(name))]
        if len(found) == 1:
            return found[0]
        whole = _Profile()
        for profile in found:
            whole.absorb(profile)
        return whole

    def _view(self, subject: str) -> Person:
        members = self.identity.members(subject)
        if len(members) == 1:
            profile = self._people.get(subject)
            return profile.view(subject) if profile else Person(subject)
        return self._together(members).view(subject)

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
            if (strength, kind) < (known[0], known[2]):
                strength, kind = known[0], known[2]
            self.history[code] = (strength, max(known[1], time), kind)

    def put(self, field: str, value: Any, time: int) -> None:
        if field.startswith(WORDS) and field != WORDS_MAY and self.fields.get(WORDS_MAY, (0, None))[1] is False:
            return
        if time >= self.fields.get(field, (0, None))[0]:
            self.fields[field] = (time, value)
            if field == WORDS_MAY and value is False:
                kept = {name: one for name, one in self.fields.items() if not name.startswith(WORDS)}
                self.fields = {**kept, field: (time, value)}

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
