"""How alike the rows of a sparse matrix are, two by two.

    cosine(a, b)  = a.b / (|a| |b|)
    jaccard(a, b) = a.b / (|a|^2 + |b|^2 - a.b)          of sets, the common columns over all; of values, Tanimoto's
    pearson(a, b) = sum (a_j - mean a)(b_j - mean b) / sqrt(sum (a_j - mean a)^2 sum (b_j - mean b)^2)

Pearson's sums run over the columns j that both rows rated, its means over all that a row rated (Resnick et al. 1994).
All lie in [-1, 1]. ``tilt`` t makes the cosine asymmetric (Aiolli 2013, "Efficient Top-N Recommendation for Very Large
Scale Binary Rated Datasets"): a.b / (|a|^2t |b|^2(1-t)); with t = 1/2 it is the cosine, with t = 0 the share of b's
columns that a has too. ``shrink`` pulls similarities that rest on few common columns towards 0 (Bell and Koren 2007):
s * n / (n + shrink), n the number of common columns.

Rows that share nothing are not alike, and nothing is stored for them: time and memory grow with the pairs that share a
column, not with all pairs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events.fault import InvalidInput
from salience.events.interactions import Matrix
from salience.models.histories import read
from salience.models.neighbours.term_weights import PLAIN, TermWeights
from salience.models.settings import not_negative, one_of, whole
from salience.models.sparse_rows import gram, largest

Measure: TypeAlias = Literal["cosine", "jaccard", "pearson"]
CELLS = 4_000_000  # of one block: rows of the batch x rows compared with
FEW = 4_096  # rows whose products are held densely, 64 MB, and made from columns that the processor's cache holds
LEAST = 1e-6  # lengths below this are the rounding noise of centred rows that rated everything alike


@dataclass(frozen=True)
class Likeness:
    """By which ``measure``, ``shrink`` and ``tilt`` rows are compared."""

    measure: Measure = "cosine"
    shrink: float = 0.0
    tilt: float = 0.5


@dataclass(frozen=True)
class Rows:
    """Rows prepared for comparison: ``values`` (weighted, or centred for Pearson), ``present`` (ones), ``norms``,
    ``means``."""

    values: Matrix
    present: Matrix
    norms: NDArray[np.float32]
    means: NDArray[np.float32]

    @classmethod
    def of(cls, matrix: Matrix, measure: Measure, terms: TermWeights = PLAIN) -> Rows:
        """Weigh the columns, or centre by the mean over what the row rated, if the measure asks for it."""
        present = read(matrix, binary=True)
        counts = np.maximum(np.diff(matrix.indptr), 1)
        means = np.zeros(matrix.shape[0], np.float32)
        values = terms.weigh(read(matrix, binary=False))
        if measure == "pearson":
            means = (values.sum(axis=1) / counts).astype(np.float32)
            data = values.data - np.repeat(means, np.diff(matrix.indptr))
            values = sparse.csr_array((data.astype(np.float32), matrix.indices, matrix.indptr), shape=matrix.shape)
        norms = np.sqrt(squared(values).sum(axis=1)).astype(np.float32)
        return cls(values, present, norms, means)

    @cached_property
    def columns(self) -> Matrix:
        """``values`` by columns, made once for all blocks of rows that are compared with these."""
        return sparse.csr_array(self.values.T)

    @cached_property
    def present_columns(self) -> Matrix:
        """``present`` by columns."""
        return sparse.csr_array(self.present.T)

    def __getitem__(self, block: slice) -> Rows:
        """Some of the rows."""
        return Rows(self.values[block], self.present[block], self.norms[block], self.means[block])


def squared(matrix: Matrix) -> Matrix:
    """Entry by entry."""
    return sparse.csr_array((matrix.data**2, matrix.indices, matrix.indptr), shape=matrix.shape)


def check(likeness: Likeness, neighbours: int, *, binary: bool, weighting: str = "none") -> None:
    """Refuse settings that no neighbour model can have."""
    measure = likeness.measure
    one_of(get_args(Measure), measure=measure)
    whole(neighbours=neighbours)
    not_negative(shrink=likeness.shrink)
    if measure == "pearson" and binary:
        raise InvalidInput("measure", measure, "a set has no values to correlate", "pass binary=False")
    if measure == "pearson" and weighting != "none":
        raise InvalidInput("weighting", weighting, "weighs columns, and pearson centres rows", 'use measure="cosine"')
    if not 0 <= likeness.tilt <= 1:
        raise InvalidInput("tilt", likeness.tilt, "must be from 0 to 1", "0.5 is the plain cosine")
    if measure != "cosine" and likeness.tilt != 0.5:
        raise InvalidInput("tilt", likeness.tilt, "only a cosine can be tilted", 'use measure="cosine"')


def alike(left: Rows, right: Rows, how: Likeness) -> Matrix:
    """Every row of ``left`` against every row of ``right`` that it shares something with: CSR, float32."""
    if how.measure == "pearson":
        return sparse.csr_array(_correlations(left, right, how.shrink))
    dot: Matrix = left.values @ right.columns
    return _scaled(left, right, how, dot, left.present @ right.present_columns if how.shrink else None)


def _scaled(left: Rows, right: Rows, how: Likeness, found: Matrix, common: Matrix | None) -> Matrix:
    """Likenesses from the ``found`` dot products and how many entries each two rows have in ``common``."""
    row = np.repeat(np.arange(found.shape[0]), np.diff(found.indptr))
    if how.measure == "jaccard":
        scale = left.norms[row] ** 2 + right.norms[found.indices] ** 2 - found.data
    elif how.tilt == 0.5:
        scale = left.norms[row] * right.norms[found.indices]
    else:
        scale = (left.norms ** (2 * how.tilt))[row] * (right.norms ** (2 - 2 * how.tilt))[found.indices]
    shares = np.divide(found.data, scale, out=np.zeros_like(found.data), where=scale > LEAST)
    if how.tilt == 0.5:
        np.clip(shares, -1, 1, out=shares)
    found = sparse.csr_array((shares.astype(np.float32), found.indices, found.indptr), shape=found.shape)
    if common is not None:
        common.data = common.data / (common.data + np.float32(how.shrink))
        found = sparse.csr_array(found.multiply(common))
    return found


def _correlations(left: Rows, right: Rows, shrink: float) -> NDArray[np.float32]:
    """Dense, so callers pass ``left`` in batches."""
    dot: NDArray[np.float32] = (left.values @ right.values.T).toarray()
    a = (squared(left.values) @ right.present.T).toarray()
    b = (left.present @ squared(right.values).T).toarray()
    scale = np.sqrt(a * b)
    out: NDArray[np.float32] = np.divide(dot, scale, out=np.zeros_like(dot), where=scale > LEAST)
    np.clip(out, -1, 1, out=out)
    if shrink:
        common = (left.present @ right.present.T).toarray()
        out *= common / (common + np.float32(shrink))
    return out


def similarity(matrix: Matrix, measure: Measure = "cosine", shrink: float = 0.0) -> NDArray[np.float32]:
    """All pairs of rows, dense: for small matrices, notebooks and the worked examples."""
    rows = Rows.of(matrix, measure)
    dense: NDArray[np.float32] = alike(rows, rows, Likeness(measure, shrink)).toarray()
    return dense


def nearest(rows: Rows, k: int, how: Likeness) -> Matrix:
    """CSR (rows, rows): of each row the ``k`` others most like it, positive similarities only, indices sorted."""
    n = len(rows.norms)
    if how.measure == "pearson" or n > FEW or rows.values.nnz < n**2:
        return stacked([best_others(alike(rows[block], rows, how), block.start, k) for block in blocks(n, n)], n)
    dot = sparse.csr_array(gram(rows.columns))
    common = sparse.csr_array(gram(rows.present_columns)) if how.shrink else None
    return best_others(_scaled(rows, rows, how, dot, common), 0, k)


def best_others(scores: Matrix, first: int, k: int) -> Matrix:
    """Of each row, numbered from ``first``, the ``k`` largest positive entries that are not its own number's."""
    row = np.repeat(np.arange(first, first + scores.shape[0]), np.diff(scores.indptr))
    return largest(positive(scores, scores.indices != row), k)


def positive(scores: Matrix, also: NDArray[np.bool_] | None = None) -> Matrix:
    """The entries above 0 where ``also`` holds."""
    keep = scores.data > 0 if also is None else (scores.data > 0) & also
    before = np.concatenate(([0], np.cumsum(keep)))
    return sparse.csr_array((scores.data[keep], scores.indices[keep], before[scores.indptr]), shape=scores.shape)


def stacked(parts: list[Matrix], width: int) -> Matrix:
    """The blocks below one another, indices sorted."""
    empty = sparse.csr_array((0, width), dtype=np.float32)
    made: Matrix = sparse.csr_array(sparse.vstack([empty, *parts], format="csr"))
    made.sort_indices()
    return made


def blocks(rows: int, width: int) -> list[slice]:
    """Slices over ``rows`` such that a dense block of rows x width stays near `CELLS` cells."""
    step = max(1, CELLS // max(1, width))
    return [slice(start, min(start + step, rows)) for start in range(0, rows, step)]


__all__ = [
    "Likeness",
    "Measure",
    "Rows",
    "alike",
    "best_others",
    "blocks",
    "check",
    "nearest",
    "positive",
    "similarity",
    "squared",
    "stacked",
]
