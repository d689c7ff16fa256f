"""Line one: which items are allowed to stand in this row at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from salience.events import RecommendRequest
from salience.events.reading import Reading


@dataclass(frozen=True, slots=True)
class Candidates:
    """Item codes in a fixed order that says nothing about the items, and whether the person's history may be used."""

    items: NDArray[np.int64]
    personal: bool


def gather(request: RecommendRequest, reading: Reading, *, personal: bool) -> Candidates:
    """Items that can be had, in the asked categories, not excluded, and not already in the person's own history.

    Without permission to personalise the history is not looked at, not even to leave items out: the answer must be the
    same for everybody with the same request.
    """
    items = reading.available
    if request.categories:
        wanted = frozenset(request.categories)
        cards = (reading.cards[i] for i in items)
        fits = (card is not None and not wanted.isdisjoint(card.categories) for card in cards)
        items = items[np.fromiter(fits, bool, len(items))]
    if request.exclude:
        banned = frozenset(request.exclude)
        items = items[np.fromiter((reading.names[i] not in banned for i in items), bool, len(items))]
    if personal:
        items = items[~np.isin(items, reading.person.items)]
    return Candidates(items, personal)
