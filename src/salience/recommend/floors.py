"""Exposure floors: groups of items, e.g. small publishers, that get at least a share of a row's attention.

Position r (from 0) has exposure 1 / log2(r + 2), the usual discount (Singh & Joachims 2018). Going down the row, a
position must go to a group that is short as soon as leaving it to others would make a floor unreachable below; so
relevance keeps the top as long as it can. Where too few items are left, the floor is met as far as it goes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


class Floors:
    """``members[g]``: the pool's items of group g; ``shares[g]``: the part of the exposure of ``k`` positions."""

    def __init__(self, members: Sequence[Mask], shares: Sequence[float], k: int) -> None:
        self._members = members
        self._exposure = 1 / np.log2(np.arange(k) + 2)
        self._need = np.array(shares) * self._exposure.sum()
        self._at = 0

    def must(self) -> Mask | None:
        """Which items may stand at the next position; None: any."""
        if reachable(self._need, self._exposure[self._at + 1 :]):
            return None
        after = self._need.copy()
        short = [group for group in np.argsort(-self._need, kind="stable").tolist() if self._need[group] > 1e-12]
        for group in short:  # the shortest first, but one after which the others are still reachable
            after[group] -= self._exposure[self._at]
            if reachable(after, self._exposure[self._at + 1 :]):
                return np.asarray(self._members[group])
            after[group] += self._exposure[self._at]
        return np.asarray(self._members[short[0]])

    def add(self, place: int) -> None:
        """This one stands at the next position."""
        for group, members in enumerate(self._members):
            if members[place]:
                self._need[group] -= self._exposure[self._at]
        self._at += 1


def reachable(need: NDArray[np.float64], exposure: NDArray[np.float64]) -> bool:
    """Whether the positions left can serve all needs: the largest need first, each from the least that suffices."""
    left = sorted(exposure.tolist())
    for one in sorted((n for n in need.tolist() if n > 1e-12), reverse=True):
        rest = one
        while rest > 1e-12:
            if not left:
                return False
            place = next((at for at, value in enumerate(left) if value >= rest), len(left) - 1)
            rest -= left.pop(place)
    return True
