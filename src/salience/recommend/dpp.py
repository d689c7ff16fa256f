"""A determinantal point process, greedily maximised (Chen, Zhang & Zhou 2018, "Fast Greedy MAP Inference for DPP").

A set Y is as likely as det(L_Y) with L = Diag(exp(a r)) S Diag(exp(a r)): relevant items whose vectors span much. With
a = (1 - w) / (2 w) its logarithm is, up to a factor, (1 - w) sum of r + w log det S_Y, so the next item has the largest

    (1 - w) r_i + w log d_i^2,      d_i^2 = det S_{Y + i} / det S_Y

and d_i^2 is kept by one row of the Cholesky factor per choice: e_i = (S_ji - c_j . c_i) / d_j, d_i^2 -= e_i^2.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LEAST = 1e-6
"""Of d^2: two items described in the same words span nothing more, but a row must be filled."""


class Dpp:
    """``alike``: the kernel S of the pool, (pool, pool), positive semi-definite with ones on the diagonal."""

    def __init__(self, alike: NDArray[np.float64]) -> None:
        self._alike = alike
        self._rows: list[NDArray[np.float64]] = []
        self._left = np.ones(len(alike))

    def gain(self) -> NDArray[np.float64]:
        """log d_i^2, (pool,): 0 for an item unlike all chosen ones, far below for a copy of one."""
        return np.log(self._left)

    def add(self, place: int) -> None:
        """This one was chosen: one more row of the Cholesky factor."""
        row = self._alike[place].copy()
        for earlier in self._rows:
            row -= earlier[place] * earlier
        row /= np.sqrt(self._left[place])
        self._rows.append(row)
        self._left = np.maximum(self._left - row**2, LEAST)
