"""How much an item is wanted by everybody lately."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from salience.events import AnyEvent, Rating, set_aside
from salience.events.reading import Reading
from salience.events.write import Increment, Write
from salience.prepare.strength import STRENGTHS, strength

HOUR_MS = 3600 * 1000
HALF_LIFE_MS = 30 * 24 * 3600 * 1000.0
"""Thirty days: long enough for a quiet shop to have a list at all, short enough for the season to change it."""


class Popularity:
    """``value`` is the number of people who want the item, each by the strongest of their deeds, halved every 30 days.

    People are counted, not deeds: whoever reloads a page a thousand times is one (mark S30).
    """

    name = "popularity"
    kinds = (*STRENGTHS, Rating)

    def writes(self, event: AnyEvent) -> Iterable[Write]:
        """Whoever an event about an item is of counts by its strength; machines and surges do not."""
        if (subject := event.subject) and (size := strength(event)) > 0 and not set_aside(event):
            item: str = event.item  # type: ignore[union-attr]  # only events about an item have strength
            return (Increment(subject, item, self.name, size, event.time, HALF_LIFE_MS),)
        return ()

    def value(self, reading: Reading, items: NDArray[np.int64], now: int) -> NDArray[np.float64]:
        """The decayed count at the last full hour: a finer clock changes no order, and equal answers stay equal."""
        count = reading.counts.get(self.name)
        return np.zeros(len(items)) if count is None else count.at(items, now - now % HOUR_MS)
