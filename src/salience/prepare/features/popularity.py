"""How much an item is wanted by everybody lately."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from salience.events import AnyEvent, Rating
from salience.events.reading import Reading
from salience.events.write import Increment, Write
from salience.prepare.strength import STRENGTHS, strength

HOUR_MS = 3600 * 1000
HALF_LIFE_MS = 30 * 24 * 3600 * 1000.0
"""Thirty days: long enough for a quiet shop to have a list at all, short enough for the season to change it."""


class Popularity:
    """``value`` is the sum of strengths of all events about the item, halved every 30 days."""

    name = "popularity"
    kinds = (*STRENGTHS, Rating)

    def writes(self, event: AnyEvent) -> Iterable[Write]:
        """Every event about an item counts by its strength; bots do not."""
        if (event.user or event.subject) and (size := strength(event)) > 0 and not event.context.get("bot"):
            item: str = event.item  # type: ignore[union-attr]  # only events about an item have strength
            return (Increment(item, self.name, size, event.time, HALF_LIFE_MS),)
        return ()

    def value(self, reading: Reading, items: NDArray[np.int64], now: int) -> NDArray[np.float64]:
        """The decayed count at the last full hour: a finer clock changes no order, and equal answers stay equal."""
        count = reading.counts.get(self.name)
        return np.zeros(len(items)) if count is None else count.at(items, now - now % HOUR_MS)
