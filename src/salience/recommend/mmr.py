"""Maximal marginal relevance (Carbonell & Goldstein 1998): the next item is the one with the largest

(1 - w) r_i - w max over chosen j of sim(i, j)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class Mmr:
    """``alike``: similarities of the pool, (pool, pool)."""

    def __init__(self, alike: NDArray[np.float64]) -> None:
        self._alike = alike
        self._nearest = np.zeros(len(alike))

    def gain(self) -> NDArray[np.float64]:
        """Minus the similarity to the most similar item chosen so far, (pool,)."""
        return -self._nearest

    def add(self, place: int) -> None:
        """This one was chosen."""
        self._nearest = np.maximum(self._nearest, self._alike[place])
