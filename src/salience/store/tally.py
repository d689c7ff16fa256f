"""A decaying count of people per item: each person counts once, by the deed of theirs that weighs most.

With people u and the deeds d of u about item i, of size s_d at time t_d:

    count_i(T) = sum over u of max over d of s_d * 2 ** (-(T - t_d) / half-life)

All deeds fade alike, so which of two weighs more never changes. Of each pair one number is kept, the heaviest deed's
w = log2(s_d) + t_d / half-life, and the order of arrival does not matter. Nobody counts twice by coming back, or under
another id that is known to be theirs.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from math import log2
from typing import TypeAlias

import numpy as np

from salience.events.reading import Count

Ids: TypeAlias = tuple[str, ...]
"""All ids of one person."""


class Tally:
    """The count of one name. ``add`` takes deeds, ``regroup`` follows what is learned of who is who."""

    def __init__(self, half_life_ms: float) -> None:
        self.half_life_ms = half_life_ms
        self._heaviest: dict[str, dict[int, float]] = {}  # by id, not by person: a merge can be taken back
        self._size, self._time = array("d", bytes(8 * 64)), array("q", bytes(8 * 64))

    def add(self, ids: Ids, name: str, code: int, size: float, time: int) -> None:
        """Somebody did something of this size (> 0) about an item, under the id ``name`` of ``ids``."""
        mine = self._heaviest.get(name)
        if mine is None:
            mine = self._heaviest[name] = {}
        weight = log2(size) + time / self.half_life_ms
        own = mine.get(code)
        if own is not None and own >= weight:
            return
        before = own if len(ids) == 1 else self._of(ids, code)
        mine[code] = weight
        if before is None:
            self._sum(code, size, time)
        elif before < weight:
            self._sum(code, size, time)
            self._size[code] -= self._at(code, before)

    def regroup(self, before: Iterable[Ids], after: Iterable[Ids]) -> None:
        """The same ids are other people from now on."""
        for people, sign in ((before, -1.0), (after, 1.0)):
            for ids in people:
                for code in {code for name in ids for code in self._heaviest.get(name, ())}:
                    weight = self._of(ids, code)
                    if weight is not None:
                        self._size[code] += sign * self._at(code, weight)

    def forget(self, names: Iterable[str]) -> None:
        """Drop what these ids did. The sums follow when the log is folded anew."""
        for name in names:
            self._heaviest.pop(name, None)

    def view(self) -> Count:
        """The sums as they are."""
        return Count(np.array(self._size), np.array(self._time), self.half_life_ms)

    def _of(self, ids: Ids, code: int) -> float | None:
        """The heaviest of what somebody did about an item, under all their ids."""
        found = [mine[code] for name in ids if (mine := self._heaviest.get(name)) and code in mine]
        return max(found, default=None)

    def _at(self, code: int, weight: float) -> float:
        """What a deed of this weight is worth at the time of the item's sum."""
        return float(2.0 ** (weight - self._time[code] / self.half_life_ms))

    def _sum(self, code: int, size: float, time: int) -> None:
        """Add to the sum. Plain arrays, grown by doubling: one number at a time they are faster."""
        if code >= len(self._size):
            room = bytes(8 * max(code + 1, len(self._size)))
            self._size.frombytes(room)
            self._time.frombytes(room)
        gap = (time - self._time[code]) / self.half_life_ms
        if gap >= 0:
            self._size[code] = self._size[code] * 2.0**-gap + size
            self._time[code] = time
        else:  # a late event: it has been fading since it happened
            self._size[code] += size * 2.0**gap
