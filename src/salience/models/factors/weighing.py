"""How the confidence and the regularisation of implicit factorisations follow from a row of the matrix.

Confidence c = 1 + alpha r; the ridge of a row is reg, or reg times its total confidence sum_i c_ui (Rendle, Krichene,
Zhang, Koren 2022, "Revisiting the Performance of iALS on Item Recommendation Benchmarks", section 3.2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from salience.events.interactions import Matrix
from salience.models.histories import read
from salience.models.model import Floats


@dataclass(frozen=True)
class Weighing:
    """How confidence and regularisation follow from a row: ``alpha``, ``reg``, ``scaled``, ``binary``."""

    alpha: float
    reg: float
    scaled: bool
    binary: bool

    def excess(self, rows: Matrix) -> Floats:
        """c - 1 of each stored entry."""
        return np.float32(self.alpha) * read(rows, binary=self.binary).data

    def ridge(self, rows: Matrix) -> Floats:
        """The regularisation of each row."""
        if not self.scaled:
            return np.full(rows.shape[0], self.reg, np.float32)
        total = np.concatenate(([0.0], np.cumsum(self.excess(rows), dtype=np.float64)))
        confidence = rows.shape[1] + total[rows.indptr[1:]] - total[rows.indptr[:-1]]
        return (self.reg * confidence).astype(np.float32)
