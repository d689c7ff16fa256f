"""Line one: which items are allowed to stand in this row at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from salience.events import RecommendRequest
from salience.events.reading import Reading
from salience.recommend.matching import matches
from salience.recommend.repeats import fading
from salience.recommend.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Candidates:
    """Item codes in a fixed order that says nothing about the items, and whether the person's history may be used.

    ``fading`` multiplies the relevance of items that the person has seen and that are fading back in; 1 for all others.
    """

    items: NDArray[np.int64]
    personal: bool
    fading: NDArray[np.float64]


def gather(request: RecommendRequest, reading: Reading, snapshot: Snapshot, now: int, *, personal: bool) -> Candidates:
    """Items that can be had, that the filters match, not excluded, and not suppressed as seen (see `repeats`).

    Without permission to personalise the history is not looked at, not even to leave items out: the answer must be the
    same for everybody with the same request.
    """
    items = reading.available
    if request.categories or request.where is not None:
        shelf = snapshot.shelf(reading)
        fits = np.ones(len(shelf.cards), dtype=bool)
        if request.categories:
            places = shelf.column("category").places
            fits[:] = False
            for category in request.categories:
                fits[places.get(category, np.empty(0, np.int64))] = True
        if request.where is not None:
            fits &= matches(request.where, shelf)
        items = items[fits[items]]
    banned = frozenset((*request.exclude, *request.items))
    if banned:
        items = items[np.fromiter((reading.names[i] not in banned for i in items), bool, len(items))]
    factor = fading(items, reading.person, request.repeat or snapshot.repeat, now) if personal else np.ones(len(items))
    return Candidates(items[factor > 0], personal, factor[factor > 0])
