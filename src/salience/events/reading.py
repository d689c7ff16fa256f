"""What one batched read of state returns: the person who asks, and the catalogue, as of one log row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from salience.events.kinds import Item


@dataclass(frozen=True, slots=True)
class Person:
    """One person's profile. The history is oldest first: item codes, strengths in [0, 1], times (ms), kinds."""

    key: str = ""
    items: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    strengths: NDArray[np.float32] = field(default_factory=lambda: np.empty(0, np.float32))
    times: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    kinds: tuple[str, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    newest_received: int = 0


@dataclass(frozen=True, slots=True)
class Count:
    """A decaying count of every item: its size at ``time``, and the half-life it shrinks with."""

    size: NDArray[np.float64]
    time: NDArray[np.int64]
    half_life_ms: float

    def at(self, items: NDArray[np.int64], now: int) -> NDArray[np.float64]:
        """The counts of some items at ``now``: size * 2^(-(now - time) / half-life)."""
        size = np.zeros(len(items))
        known = items < len(self.size)  # an item may have come after the last count
        codes = items[known]
        size[known] = self.size[codes] * np.exp2(-np.maximum(now - self.time[codes], 0) / self.half_life_ms)
        return size


@dataclass(frozen=True, slots=True)
class Reading:
    """State as one request sees it. ``names[code]``, ``cards[code]`` describe items; ``as_of`` is the last log row.

    ``ties[code]`` puts items of equal score into one order that every process agrees on and no file order leaks into.
    """

    person: Person
    names: Sequence[str]
    cards: Sequence[Item | None]
    available: NDArray[np.int64]
    ties: NDArray[np.int64]
    counts: Mapping[str, Count]
    as_of: int
