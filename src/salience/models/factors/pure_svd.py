"""Truncated SVD with k latent features (PureSVD; Cremonesi, Koren, Turrin 2010), on centred ratings or on raw counts.

With X ~ U S V', V of shape (items, k), a history h is folded in without refitting:

    centred:   score_i = mu + sum over j in h of (h_j - mu) (V_j . V_i),   mu the mean of h's own ratings
    raw:       score_i = sum over j in h of h_j (V_j . V_i)

Centring takes each person's mean off the ratings that there are, so an unrated cell, which is 0 in the sparse matrix,
means "as this person rates on average" and not "rated 0". The difference shows on five people and four films:

>>> R = np.array([[5, 3, 0, 1], [4, 0, 0, 1], [1, 1, 0, 5], [1, 0, 0, 4], [0, 1, 5, 4]], dtype=float)
>>> svd = rank(R, 2)
>>> svd.round(2).tolist()[0]  # the best rank-2 picture of R as it stands, zeros taken for ratings
[5.13, 1.91, -0.72, 1.56]
>>> float(np.abs(svd[R == 0]).min().round(2))  # no unrated cell comes out as 0: the nearest is 0.45 off ...
0.45
>>> float(np.abs(svd - R)[R > 0].mean().round(2))  # ... and neither do the rated cells come out right
0.67

To this SVD every 0 is a rating to be reproduced like any other, so it trades errors at the rated cells against errors
at cells that nobody rated. A weighted factorisation of the same rank asks only about the rated cells (weight 1, all
others 0):

>>> fitted = weighted(R, (R > 0).astype(float), 2)
>>> fitted.round(2).tolist()[0]  # 5, 3 and 1 as rated; the third film is now a prediction
[5.0, 3.0, 1.46, 1.0]
>>> bool(np.abs(fitted - R)[R > 0].mean() < 0.005)
True

So a zero must never stand for "unrated" in an unweighted factorisation: centre first (this file), or weigh (`als`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import svds

from salience.events.fault import InvalidInput
from salience.events.interactions import IdMap, Interactions, Matrix
from salience.models.histories import read
from salience.models.model import Algorithm, Arrays, Floats, Model, People, people_of
from salience.models.settings import whole

SMALL = 64  # below this many rows or columns LAPACK is quicker than Arnoldi, and has no lower limit on the size


def rank(matrix: NDArray[np.float64], k: int) -> NDArray[np.float64]:
    """The best approximation of rank ``k`` in squared error (Eckart and Young 1936), all cells counted alike."""
    U, S, Vt = np.linalg.svd(matrix, full_matrices=False)
    return np.asarray((U[:, :k] * S[:k]) @ Vt[:k])


def weighted(
    matrix: NDArray[np.float64], weights: NDArray[np.float64], k: int, *, l2: float = 0.01, steps: int = 200
) -> NDArray[np.float64]:
    """A rank-``k`` fit that counts each cell by its weight: alternating ridge regressions. For small examples."""
    Q = np.random.default_rng(0).normal(size=(matrix.shape[1], k))
    P = np.zeros((matrix.shape[0], k))
    for _ in range(steps):
        P = _ridge(matrix, weights, Q, l2)
        Q = _ridge(matrix.T, weights.T, P, l2)
    return P @ Q.T


def _ridge(
    matrix: NDArray[np.float64], weights: NDArray[np.float64], fixed: NDArray[np.float64], l2: float
) -> NDArray[np.float64]:
    """For every row r: argmin over p of sum_j w_rj (m_rj - p . fixed_j)^2 + l2 |p|^2."""
    gram = np.einsum("rj,jk,jl->rkl", weights, fixed, fixed) + l2 * np.eye(fixed.shape[1])
    solved: NDArray[np.float64] = np.linalg.solve(gram, ((weights * matrix) @ fixed)[:, :, None])[:, :, 0]
    return solved


@dataclass(frozen=True, eq=False)
class ItemFactors(Model):
    """``factors``: V, (items, k) float32, orthonormal columns. ``centre``: whether a history's mean is taken off."""

    kind: ClassVar[str] = "item-factors"

    factors: Floats
    centre: bool
    binary: bool

    def score(self, histories: Matrix) -> Floats:
        """Project the history onto the k features and back. Shape (batch, items)."""
        rows = read(histories, binary=self.binary)
        if not self.centre:
            return (rows @ self.factors) @ self.factors.T
        centred, means = _centred(rows)
        return (centred @ self.factors) @ self.factors.T + means[:, None]

    def contributions(self, history: Matrix, item: int) -> Floats:
        """The terms of the sum above; centred, each entry also brings its part of the mean. They sum to the score."""
        row = read(history, binary=self.binary)
        alike = self.factors[history.indices] @ self.factors[item]
        if not self.centre:
            return np.asarray(row.data * alike)
        centred, _ = _centred(row)
        return np.asarray(centred.data * alike + row.data / max(1, row.nnz), dtype=np.float32)

    def arrays(self) -> Arrays:
        """V and the flags."""
        return {"factors": self.factors, "centre": np.array(self.centre), "binary": np.array(self.binary)}

    @classmethod
    def from_arrays(cls, items: IdMap, arrays: Mapping[str, NDArray[Any]], *, people: People | None = None) -> Self:
        """Check the shape, then wrap."""
        factors = arrays["factors"].astype(np.float32, copy=False)
        if factors.ndim != 2 or len(factors) != len(items):
            raise ValueError(f"factors: shape {factors.shape}, not ({len(items)}, k)")
        return cls(items, factors, bool(arrays["centre"].item()), bool(arrays["binary"].item()), people=people)


@dataclass(frozen=True)
class PureSVD(Algorithm):
    """``factors``: k. ``centre``: on ratings less each person's mean; else on the raw matrix (``binary``: as a set)."""

    name: ClassVar[str] = "svd"
    fits: ClassVar[type[Model]] = ItemFactors
    space: ClassVar[Mapping[str, Sequence[Any]]] = {
        "factors": (16, 32, 64, 128),
        "centre": (False, True),
        "binary": (True, False),
    }

    factors: int = 32
    centre: bool = False
    binary: bool = True

    def __post_init__(self) -> None:
        whole(factors=self.factors)
        if self.centre and self.binary:
            raise InvalidInput("centre", self.centre, "a set has no ratings to centre", "pass binary=False")

    def fit(self, data: Interactions, *, seed: int = 0) -> ItemFactors:
        """Lanczos on the sparse matrix, started from a seeded vector. k is capped at the rank that can be."""
        return next(self.fit_each([self], data, seed=seed))

    @classmethod
    def fit_each(cls, settings: Sequence[Self], data: Interactions, *, seed: int = 0) -> Iterator[ItemFactors]:
        """One decomposition serves all numbers of factors: the first k vectors do not depend on how many follow."""
        most = max(setting.factors for setting in settings)
        vectors: dict[tuple[bool, bool], Floats] = {}
        for own in settings:
            if (own.centre, own.binary) not in vectors:
                X = read(data.matrix, binary=own.binary)
                vectors[own.centre, own.binary] = _right_vectors(_centred(X)[0] if own.centre else X, most, seed)
            V = np.ascontiguousarray(vectors[own.centre, own.binary][:, : own.factors])
            yield ItemFactors(data.items, V, own.centre, own.binary, people=people_of(data), settings=own.settings())


def _right_vectors(X: Matrix, k: int, seed: int) -> Floats:
    """The first k right singular vectors, (items, <= k), largest first; those of singular value 0 are left out."""
    least = min(X.shape)
    if least == 0 or not X.nnz:
        return np.zeros((X.shape[1], 1), np.float32)
    if least <= max(SMALL, k + 1):
        _, S, Vt = np.linalg.svd(X.toarray().astype(np.float64), full_matrices=False)
    else:
        start = np.random.default_rng(seed).normal(size=least)
        _, S, Vt = svds(X.astype(np.float64), k=k, v0=start)
    order = np.argsort(-S)[:k]
    kept = order[S[order] > 1e-9 * max(1.0, float(S.max()))]
    return np.ascontiguousarray(Vt[kept].T, dtype=np.float32) if len(kept) else np.zeros((X.shape[1], 1), np.float32)


def _centred(rows: Matrix) -> tuple[Matrix, Floats]:
    """Rows less their mean over what the row holds, and the means."""
    counts = np.diff(rows.indptr)
    means = (rows.sum(axis=1) / np.maximum(counts, 1)).astype(np.float32)
    data = (rows.data - np.repeat(means, counts)).astype(np.float32)
    return sparse.csr_array((data, rows.indices, rows.indptr), shape=rows.shape), means
