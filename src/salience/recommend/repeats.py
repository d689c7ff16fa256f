"""Seen items: never again, after some days, or fading back in with 1 - 2^(-age / half-life), by what was done."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from salience.events.controls import Again, Repeat
from salience.events.reading import Person

DAY_MS = 24 * 3600 * 1000
BOUGHT = frozenset({"purchase", "rating"})
"""Deeds that use an item up; all others are looks."""


def fading(items: NDArray[np.int64], person: Person, repeat: Repeat, now: int) -> NDArray[np.float64]:
    """What each item's relevance is multiplied with: 0 = not to be shown, 1 = as if it had never been seen."""
    factor = np.ones(len(items))
    if not len(person.items):
        return factor
    seen = np.isin(items, person.items)
    if repeat.viewed.mode == repeat.bought.mode == "never":
        factor[seen] = 0.0
        return factor
    at = {int(code): place for place, code in enumerate(person.items)}
    for place in np.flatnonzero(seen).tolist():
        entry = at[int(items[place])]
        again = repeat.bought if person.kinds[entry] in BOUGHT else repeat.viewed
        factor[place] = _again(again, max(now - int(person.times[entry]), 0) / DAY_MS)
    return factor


def _again(again: Again, age: float) -> float:
    if again.mode == "never":
        return 0.0
    if again.mode == "after":
        return float(age >= again.days)
    return float(1.0 - 2.0 ** (-age / again.days))
