"""Calibrated shares (Steck 2018, "Calibrated Recommendations"): a row with the mix of categories that the person takes.

With p(g) the share of category g in the history, weighted by strength, and q(g) in the row so far, the next item has
the largest (1 - w) r_i - w KL(p | q~),  KL = sum over g of p(g) log(p(g) / q~(g)),  q~ = 0.99 q + 0.01 p.
An item of several categories belongs to each in equal parts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SMOOTH = 0.01


class Shares:
    """``mix``: pool x categories, rows of sum 1 (or 0); ``wanted``: p, (categories,)."""

    def __init__(self, mix: NDArray[np.float64], wanted: NDArray[np.float64]) -> None:
        self._mix, self._wanted = mix, wanted
        self._sum = np.zeros(len(wanted))
        self._count = 0

    def gain(self) -> NDArray[np.float64]:
        """Minus the divergence of the row with each item of the pool added, (pool,)."""
        got = (self._sum + self._mix) / (self._count + 1)
        smooth = (1 - SMOOTH) * got + SMOOTH * self._wanted
        some = self._wanted > 0
        p = self._wanted[some]
        return np.asarray(-(p * np.log(p / smooth[:, some])).sum(axis=1))

    def add(self, place: int) -> None:
        """This one was chosen."""
        self._sum = self._sum + self._mix[place]
        self._count += 1
