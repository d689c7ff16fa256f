"""A ranking that explores a little: at each position the best item left, or with probability epsilon any item left.

p(item at a position | the positions before it) = (1 - epsilon) [it is the best left] + epsilon / m, with m items left;
the probability of the whole row is the product. Positions never repeat an item.

Two overrides are part of the draw, so that its probabilities stay exact: a pinned item stands at its position with
probability 1 and nowhere else, and once a group is full its items are no longer among the m that are left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]


def rank(
    scores: NDArray[np.float64],
    k: int,
    epsilon: float,
    rng: np.random.Generator,
    ties: Codes | None = None,
    *,
    pinned: Mapping[int, int] | None = None,
    groups: Sequence[Codes] = (),
    most: int = 0,
) -> tuple[Codes, NDArray[np.float64], NDArray[np.bool_]]:
    """The positions of the ``k`` chosen among ``scores``, their conditional probabilities, and which were explored.

    Of equal scores the one with the smaller ``ties`` comes first (default: the order given), so that the answer does
    not depend on the order in which a process happened to learn of its items. ``pinned``: position -> item. ``most`` of
    each of ``groups`` at most, pinned ones included; where nothing else is left the row is shorter.

    >>> rank(np.array([0.1, 0.9, 0.5]), k=2, epsilon=0.3, rng=np.random.default_rng(1))
    (array([1, 2]), array([0.8 , 0.85]), array([False, False]))
    """
    size = len(scores)
    k = min(k, size)
    pins = {position: item for position, item in (pinned or {}).items() if position < k}
    order = np.arange(size) if ties is None else ties
    lead = iter(_best(scores, size if groups else min(size, k + len(pins)), order).tolist())
    left = _Left(size, groups, most, list(pins.values()))
    explores = rng.random(k) < epsilon
    chosen: list[int] = []
    probabilities: list[float] = []
    waiting: list[int] = []
    explored: list[bool] = []
    for position in range(k):
        if position in pins:
            chosen.append(pins[position])
            probabilities.append(1.0)
            explored.append(False)
            continue
        waiting = [item for item in waiting if left.free[item]]
        while not waiting and left.count:
            item = next(lead)
            waiting = [item] if left.free[item] else []
        if not left.count:
            break
        pick = left.any(rng) if explores[position] else waiting[0]
        probabilities.append((1 - epsilon) * (pick == waiting[0]) + epsilon / left.count)
        explored.append(pick != waiting[0])
        chosen.append(pick)
        left.take(pick)
    return np.array(chosen, dtype=np.int64), np.array(probabilities), np.array(explored, dtype=bool)


class _Left:
    """What may still be drawn: neither taken, nor pinned, nor of a group that is full."""

    def __init__(self, size: int, groups: Sequence[Codes], most: int, pinned: list[int]) -> None:
        self.free = np.ones(size, dtype=bool)
        self.count = size
        self._groups, self._most = groups, most
        self._of: dict[int, list[int]] = {}
        for group, items in enumerate(groups):
            for item in items.tolist():
                self._of.setdefault(item, []).append(group)
        self._in = [0] * len(groups)
        for item in pinned:
            self.take(item)

    def take(self, item: int) -> None:
        """It stands in the row; the groups that this fills are closed."""
        self._close(np.array([item]))
        for group in self._of.get(item, ()):
            self._in[group] += 1
            if self._in[group] >= self._most:
                self._close(self._groups[group])

    def any(self, rng: np.random.Generator) -> int:
        """Uniformly one of those left."""
        return int(rng.choice(np.flatnonzero(self.free)))

    def _close(self, items: Codes) -> None:
        self.count -= int(self.free[items].sum())
        self.free[items] = False


def _best(scores: NDArray[np.float64], k: int, ties: NDArray[np.int64]) -> NDArray[np.int64]:
    """The places of the ``k`` largest scores, best first. Sorts only what may be among them."""
    lead = np.arange(len(scores))
    if 0 < k < len(scores):
        least = np.partition(scores, len(scores) - k)[len(scores) - k]
        lead = np.flatnonzero(scores >= least)
    return lead[np.lexsort((ties[lead], -scores[lead]))][:k]
