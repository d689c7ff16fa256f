"""What a common column says of two rows, as search engines weigh words: a rare one says more.

With rows as documents and columns as words, x_rc the entry, N the rows, n_c those that have c, L_r the sum of a row:

    idf_c  = ln(1 + (N - n_c + 1/2) / (n_c + 1/2))
    tf-idf:  w_rc = sqrt(x_rc) idf_c                                                    (Sparck Jones 1972)
    bm25:    w_rc = idf_c x_rc (K + 1) / (x_rc + K (1 - B + B L_r / mean L))            (Robertson and Walker 1994)

Among items, the words are people: that somebody who took everything took both says little. Among people they are items.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events.interactions import Matrix
from salience.models.settings import one_of

Weighting: TypeAlias = Literal["none", "tf-idf", "bm25"]
WEIGHTINGS: tuple[Weighting, ...] = get_args(Weighting)
K, B = 1.2, 0.75  # as search engines have them


@dataclass(frozen=True, eq=False)
class TermWeights:
    """``idf`` (columns,) and the ``mean`` sum of a row, of the table that they were learned from."""

    weighting: Weighting
    idf: NDArray[np.float32]
    mean: float

    @classmethod
    def of(cls, table: Matrix, weighting: Weighting) -> TermWeights:
        """Count the columns.

        >>> table = sparse.csr_array(np.array([[1, 1], [1, 0], [1, 0]], dtype=np.float32))
        >>> TermWeights.of(table, "tf-idf").weigh(table).toarray()[0].round(3)  # ln(1 + .5/3.5), ln(1 + 2.5/1.5)
        array([0.134, 0.981], dtype=float32)
        """
        one_of(WEIGHTINGS, weighting=weighting)
        if weighting == "none":
            return PLAIN
        rows, columns = table.shape
        having = np.bincount(table.indices, minlength=columns)
        idf = np.log1p((rows - having + 0.5) / (having + 0.5)).astype(np.float32)
        return cls(weighting, idf, float(table.sum()) / max(1, rows))

    def weigh(self, rows: Matrix) -> Matrix:
        """w of the module's equation; the same rows where there is no weighting."""
        x = rows.data
        data: NDArray[np.floating[Any]]
        match self.weighting:
            case "none":
                return rows
            case "tf-idf":
                data = np.sqrt(np.maximum(x, 0)) * self.idf[rows.indices]
            case _:
                sums = np.asarray(rows.sum(axis=1), dtype=np.float32).ravel()
                length = np.repeat(1 - B + B * sums / max(self.mean, 1e-12), np.diff(rows.indptr))
                data = self.idf[rows.indices] * x * (K + 1) / np.maximum(x + K * length, 1e-12)
        return sparse.csr_array((data.astype(np.float32), rows.indices, rows.indptr), shape=rows.shape)


PLAIN = TermWeights("none", np.zeros(0, np.float32), 0.0)

__all__ = ["PLAIN", "WEIGHTINGS", "TermWeights", "Weighting"]
