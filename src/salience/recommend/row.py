"""The row before any draw: variety, calibrated shares and floors, one greedy pass, deterministic.

    next = argmax over the pool of  (1 - sum of w) r_i + sum over criteria of w gain_i(chosen so far)

The result is a priority per candidate: those of the row above all others, in its order; the others by relevance. The
draw (`optimise.rank`) then explores around this one order, so its probabilities stay exact.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from salience.events import RecommendRequest
from salience.events.reading import Reading
from salience.recommend.candidates import Candidates
from salience.recommend.dpp import Dpp
from salience.recommend.floors import Floors
from salience.recommend.mmr import Mmr
from salience.recommend.relevance import unit
from salience.recommend.shares import Shares
from salience.recommend.shelf import Shelf
from salience.recommend.snapshot import Snapshot

Values = NDArray[np.float64]
POOL = 200
"""Candidates that a criterion looks at, at least; five for each place of the row if that is more."""


class Criterion(Protocol):
    """What a row is judged by besides relevance. A new one is one file with this pair of methods."""

    def gain(self) -> Values:
        """Of each item of the pool, were it the next, (pool,)."""
        ...

    def add(self, place: int) -> None:
        """This one was chosen."""
        ...


def arranged(
    request: RecommendRequest, candidates: Candidates, values: Values, reading: Reading, snapshot: Snapshot
) -> Values:
    """The priority of each candidate, (candidates,); ``values`` themselves where nothing is asked of the row."""
    if not request.needs_row or not len(values):
        return values
    shelf = snapshot.shelf(reading)
    k = min(request.k, len(values))
    best = np.lexsort((reading.ties[candidates.items], -values))
    members = [
        np.isin(candidates.items, shelf.column(floor.field).places.get(value, np.empty(0, np.int64)))
        for floor in request.floors
        for value in dict.fromkeys(floor.values)
    ]
    wanted = best[: max(POOL, 5 * k)]
    pool = np.array(list(dict.fromkeys([*wanted, *(i for m in members for i in best[m[best]][:k])])), dtype=np.int64)
    criteria = _criteria(request, candidates, pool, reading, shelf)
    floors = Floors([m[pool] for m in members], [f.share for f in request.floors for _ in dict.fromkeys(f.values)], k)
    order = _greedy(unit(values[pool]), criteria, floors, k)
    priority = unit(values) - 1.0
    priority[pool[order]] = np.arange(len(order), 0, -1)
    return np.asarray(priority)


def _greedy(r: Values, criteria: list[tuple[float, Criterion]], floors: Floors, k: int) -> list[int]:
    own = 1.0 - sum(weight for weight, _ in criteria)
    free = np.ones(len(r), dtype=bool)
    order: list[int] = []
    for _ in range(k):
        total = own * r
        for weight, criterion in criteria:
            total = total + weight * criterion.gain()
        must = floors.must()
        allowed = free & must if must is not None and (free & must).any() else free
        place = int(np.argmax(np.where(allowed, total, -np.inf)))
        free[place] = False
        order.append(place)
        floors.add(place)
        for _, criterion in criteria:
            criterion.add(place)
    return order


def _criteria(
    request: RecommendRequest, candidates: Candidates, pool: NDArray[np.int64], reading: Reading, shelf: Shelf
) -> list[tuple[float, Criterion]]:
    found: list[tuple[float, Criterion]] = []
    codes = candidates.items[pool]
    if request.diversity is not None and request.diversity.strength > 0:
        vectors = shelf.content[codes]
        alike = (vectors @ vectors.T).toarray().astype(np.float64)
        np.fill_diagonal(alike, 1.0)
        found.append((request.diversity.strength, Mmr(alike) if request.diversity.method == "mmr" else Dpp(alike)))
    if request.calibrate > 0 and candidates.personal and len(reading.person.items):
        names = {name: at for at, name in enumerate(shelf.column("category").places)}
        taste = reading.person.strengths @ _mix(reading.person.items, names, shelf)
        if taste.sum() > 0:
            found.append((request.calibrate, Shares(_mix(codes, names, shelf), taste / taste.sum())))
    return found


def _mix(codes: NDArray[np.int64], names: dict[str | float, int], shelf: Shelf) -> Values:
    mix = np.zeros((len(codes), len(names)))
    for row, code in enumerate(codes.tolist()):
        own = dict.fromkeys(shelf.categories(code))
        for category in own:
            mix[row, names[category]] = 1 / len(own)
    return mix
