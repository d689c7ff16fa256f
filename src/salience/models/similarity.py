"""Cosine and Pearson similarity between the rows of a sparse matrix, and the nearest rows of each row.

    cosine(a, b)  = a.b / (|a| |b|)
    pearson(a, b) = sum (a_j - mean a)(b_j - mean b) / sqrt(sum (a_j - mean a)^2 sum (b_j - mean b)^2)

Pearson's sums run over the columns j that both rows rated, its means over all that a row rated (Resnick et al. 1994).
Both lie in [-1, 1]. ``shrink`` pulls similarities that rest on few common columns towards 0 (Bell and Koren 2007):
s * n / (n + shrink), n the number of common columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events.fault import InvalidInput
from salience.events.interactions import Matrix
from salience.models.histories import read
from salience.models.settings import not_negative, one_of, whole
from salience.models.topk import best

Measure: TypeAlias = Literal["cosine", "pearson"]
CELLS = 4_000_000  # of one dense block: rows of the batch x rows compared with


@dataclass(frozen=True)
class Rows:
    """Rows prepared for comparison: ``values`` (centred for Pearson), ``present`` (ones), ``norms`` and ``means``."""

    values: Matrix
    present: Matrix
    norms: NDArray[np.float32]
    means: NDArray[np.float32]

    @classmethod
    def of(cls, matrix: Matrix, measure: Measure) -> Rows:
        """Centre by the mean over what each row rated, if the measure asks for it."""
        present = read(matrix, binary=True)
        counts = np.maximum(np.diff(matrix.indptr), 1)
        means = np.zeros(matrix.shape[0], np.float32)
        values = read(matrix, binary=False)
        if measure == "pearson":
            means = (values.sum(axis=1) / counts).astype(np.float32)
            data = values.data - np.repeat(means, np.diff(matrix.indptr))
            values = sparse.csr_array((data.astype(np.float32), matrix.indices, matrix.indptr), shape=matrix.shape)
        norms = np.sqrt(squared(values).sum(axis=1)).astype(np.float32)
        return cls(values, present, norms, means)


def squared(matrix: Matrix) -> Matrix:
    """Entry by entry."""
    return sparse.csr_array((matrix.data**2, matrix.indices, matrix.indptr), shape=matrix.shape)


def check(measure: str, neighbours: int, shrink: float, *, binary: bool) -> None:
    """Refuse settings that no neighbour model can have."""
    one_of(get_args(Measure), measure=measure)
    whole(neighbours=neighbours)
    not_negative(shrink=shrink)
    if measure == "pearson" and binary:
        raise InvalidInput("measure", measure, "a set has no values to correlate", "pass binary=False")


def similarities(left: Rows, right: Rows, measure: Measure, shrink: float = 0.0) -> NDArray[np.float32]:
    """Every row of ``left`` against every row of ``right``: dense float32, so callers pass ``left`` in batches."""
    dot: NDArray[np.float32] = (left.values @ right.values.T).toarray()
    if measure == "cosine":
        scale = left.norms[:, None] * right.norms[None, :]
    else:
        a = (squared(left.values) @ right.present.T).toarray()
        b = (left.present @ squared(right.values).T).toarray()
        scale = np.sqrt(a * b)
    # centring leaves rounding noise in rows that rated everything alike; they are similar to nobody
    out: NDArray[np.float32] = np.divide(dot, scale, out=np.zeros_like(dot), where=scale > 1e-6)
    np.clip(out, -1, 1, out=out)
    if shrink:
        common = (left.present @ right.present.T).toarray()
        out *= common / (common + np.float32(shrink))
    return out


def similarity(matrix: Matrix, measure: Measure = "cosine", shrink: float = 0.0) -> NDArray[np.float32]:
    """All pairs of rows, dense: for small matrices, notebooks and the worked examples."""
    rows = Rows.of(matrix, measure)
    return similarities(rows, rows, measure, shrink)


def nearest(scores: NDArray[np.float32], k: int) -> Matrix:
    """Of each row the ``k`` largest positive entries, as CSR with sorted indices; ties by the fixed order of `topk`."""
    codes, found = best(scores, k)
    return positive(codes, found, scores.shape[1])


def positive(codes: NDArray[np.int64], found: NDArray[np.float32], width: int) -> Matrix:
    """The result of `topk.best` as a sparse matrix with ``width`` columns, positive entries only, indices sorted."""
    keep = found > 0
    rows = np.repeat(np.arange(len(codes)), keep.sum(axis=1))
    made: Matrix = sparse.csr_array((found[keep], (rows, codes[keep])), shape=(len(codes), width))
    made.sort_indices()
    return made


def blocks(rows: int, width: int) -> list[slice]:
    """Slices over ``rows`` such that a dense block of rows x width stays near `CELLS` cells."""
    step = max(1, CELLS // max(1, width))
    return [slice(start, min(start + step, rows)) for start in range(0, rows, step)]


__all__ = ["Measure", "Rows", "blocks", "check", "nearest", "positive", "similarities", "similarity", "squared"]
