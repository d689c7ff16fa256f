"""Implicit ALS (Hu, Koren, Volinsky 2008, "Collaborative Filtering for Implicit Feedback Datasets").

Preference p_ui is 1 where u took i, else 0; confidence c_ui = 1 + alpha r_ui. Minimise

    sum over all u, i of c_ui (p_ui - x_u . y_i)^2  +  sum_u reg_u |x_u|^2  +  sum_i reg_i |y_i|^2

by solving for all x with y fixed, then for all y with x fixed. With the items fixed, any history has exact factors

    x = A^-1 sum over j in h of c_j y_j,     A = Y'Y + sum over j in h of (c_j - 1) y_j y_j' + reg I

so somebody who arrived a second ago is folded in by one k x k solve, and (section 5 of the paper) the score is a sum
over the history: score_i = sum_j c_j (y_i' A^-1 y_j).

``scaled`` multiplies the regularisation of a row by its total confidence, sum_i c_ui (Rendle, Krichene, Zhang, Koren
2022, "Revisiting the Performance of iALS on Item Recommendation Benchmarks", section 3.2), so that busy people and
popular items are not left unregularised.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg.lapack import sposv

from salience.events.interactions import IdMap, Interactions, Matrix
from salience.models.factors.sides import Side
from salience.models.factors.subspace import shared_step, sketch, subspace_step
from salience.models.factors.weighing import Weighing
from salience.models.model import Algorithm, Arrays, Floats, Model, People, people_of
from salience.models.product_topk import best_of_product
from salience.models.settings import one_of, positive, whole
from salience.models.threads import side_by_side

ROWS = 256  # systems held at once: 256 of 64 x 64 in float32 are 4 MB, which stays in the cache
SERIAL = 64**3  # multiplications up to which OpenBLAS starts no threads; for products this small they only wait


def systems(rows: Matrix, fixed: Floats, gram: Floats, weighing: Weighing) -> tuple[Floats, Floats]:
    """A (batch, k, k) and b = sum c_j y_j (batch, k) of each row, given the ``fixed`` factors and their Gram matrix."""
    extra, ridge = weighing.excess(rows), weighing.ridge(rows)
    k = fixed.shape[1]
    piece = max(1, SERIAL // k**2)
    A = np.empty((rows.shape[0], k, k), np.float32)
    for row in range(rows.shape[0]):
        A[row] = gram
        for start in range(rows.indptr[row], rows.indptr[row + 1], piece):
            entries = slice(start, min(start + piece, rows.indptr[row + 1]))
            Y = fixed[rows.indices[entries]]
            A[row] += (Y.T * extra[entries]) @ Y
    A[:, np.arange(k), np.arange(k)] += ridge[:, None]
    weights = sparse.csr_array((1 + extra, rows.indices, rows.indptr), shape=rows.shape)
    return A, np.asarray(weights @ fixed)


def solve(rows: Matrix, fixed: Floats, weighing: Weighing) -> Floats:
    """The factors of each row, (rows, k), exactly."""
    gram = fixed.T @ fixed
    out = np.empty((rows.shape[0], fixed.shape[1]), np.float32)
    for start in range(0, rows.shape[0], ROWS):
        A, b = systems(rows[start : start + ROWS], fixed, gram, weighing)
        for row in range(len(b)):  # A is positive definite: Cholesky takes half the work of a general solve
            _, out[start + row], _ = sposv(A[row], b[row], overwrite_a=True)
    return out


@dataclass(frozen=True, eq=False)
class FoldedFactors(Model):
    """``factors``: Y, (items, k) float32. The person's factors are solved for at every request."""

    kind: ClassVar[str] = "als"

    factors: Floats
    weighing: Weighing

    def score(self, histories: Matrix) -> Floats:
        """Fold each history in, then x . y_i for every item."""
        return solve(histories, self.factors, self.weighing) @ self.factors.T

    def top(self, histories: Matrix, k: int) -> tuple[NDArray[np.int64], Floats]:
        """The best ``k`` items outside each history, (codes, scores), without holding all scores at once."""
        return best_of_product(solve(histories, self.factors, self.weighing), self.factors, k, leave_out=histories)

    def contributions(self, history: Matrix, item: int) -> Floats:
        """c_j (y_item' A^-1 y_j) for each j of the history (section 5 of the paper); they sum to the score."""
        A, _ = systems(history, self.factors, self.factors.T @ self.factors, self.weighing)
        towards = np.linalg.solve(A[0], self.factors[item])
        return ((1 + self.weighing.excess(history)) * (self.factors[history.indices] @ towards)).astype(np.float32)

    def arrays(self) -> Arrays:
        """Y and the four numbers of the weighing."""
        w = self.weighing
        return {
            "factors": self.factors,
            "alpha": np.array(w.alpha),
            "reg": np.array(w.reg),
            "scaled": np.array(w.scaled),
            "binary": np.array(w.binary),
        }

    @classmethod
    def from_arrays(cls, items: IdMap, arrays: Mapping[str, NDArray[Any]], *, people: People | None = None) -> Self:
        """Check the shape, then wrap."""
        factors = arrays["factors"].astype(np.float32, copy=False)
        if factors.ndim != 2 or len(factors) != len(items):
            raise ValueError(f"factors: shape {factors.shape}, not ({len(items)}, k)")
        alpha, reg = float(arrays["alpha"].item()), float(arrays["reg"].item())
        if alpha <= 0 or reg <= 0:
            raise ValueError("alpha and reg must be more than 0")
        weighing = Weighing(alpha, reg, bool(arrays["scaled"].item()), bool(arrays["binary"].item()))
        return cls(items, factors, weighing, people=people)


@dataclass(frozen=True)
class ALS(Algorithm):
    """``factors`` k, ``alpha`` and ``reg`` as above, ``iterations`` of both half-steps, ``scaled`` regularisation.

    ``solver``: "subspace" (a few directions of a shared eigenbasis, `models.factors.subspace`) or "exact"
    (one Cholesky per row, from small random factors).
    """

    name: ClassVar[str] = "als"
    fits: ClassVar[type[Model]] = FoldedFactors
    space: ClassVar[Mapping[str, Sequence[Any]]] = {
        "alpha": (0.5, 2.0, 8.0),
        "reg": (0.003, 0.01),
    }

    factors: int = 64
    alpha: float = 1.0
    reg: float = 0.01
    iterations: int = 5
    scaled: bool = True
    binary: bool = True
    solver: str = "subspace"

    def __post_init__(self) -> None:
        whole(factors=self.factors, iterations=self.iterations)
        positive(alpha=self.alpha, reg=self.reg)
        one_of(("subspace", "exact"), solver=self.solver)

    def fit(self, data: Interactions, *, seed: int = 0) -> FoldedFactors:
        """Alternate from small seeded random item factors; the items are solved for last."""
        by_user = data.matrix
        by_item = sparse.csr_array(by_user.T)
        weighing = Weighing(self.alpha, self.reg, self.scaled, self.binary)
        rng = np.random.default_rng(seed)
        if self.solver == "exact":
            Y = (rng.standard_normal((len(data.items), self.factors)) / np.sqrt(self.factors) / 10).astype(np.float32)
            for _ in range(self.iterations):
                X = solve(by_user, Y, weighing)
                Y = solve(by_item, X, weighing)
        else:
            with side_by_side() as threads:
                users, items = Side.both(by_user, by_item, weighing, threads)
                Y = shared_step(items, sketch(by_user, self.factors, rng, items.threads))
                X = shared_step(users, Y)
                for iteration in range(self.iterations):
                    if iteration:
                        X = subspace_step(users, Y, X)
                    Y = subspace_step(items, X, Y)
        return FoldedFactors(data.items, Y, weighing, people=people_of(data), settings=self.settings())
