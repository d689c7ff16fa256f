"""EASE: embarrassingly shallow autoencoders (Steck 2019, "Embarrassingly Shallow Autoencoders for Sparse Data").

    min over B of |X - X B|^2 + l2 |B|^2   subject to  diag(B) = 0

has the exact solution, with P = (X'X + l2 I)^-1:

    B_ij = 0 if i = j else -P_ij / P_jj

One inverse of an items x items matrix, so memory is quadratic in the items and only there: `MOST_ITEMS` bounds it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpotrf, dpotri, spotrf, spotri

from salience.events.fault import InvalidInput
from salience.events.interactions import Interactions, Matrix
from salience.models.histories import read
from salience.models.item_weights import ItemWeights
from salience.models.model import Algorithm, Model, people_of
from salience.models.settings import positive
from salience.models.sparse_rows import gram

MOST_ITEMS = 10_000
MOST_MAGNIFIED = 10_000  # condition number up to which float32, twice as quick, leaves four digits

Reals: TypeAlias = NDArray[np.floating[Any]]


def refuse_too_many(items: int) -> None:
    """Say what it would cost, before it costs it."""
    if items > MOST_ITEMS:
        need = f"needs {3 * 8 * items**2 / 1e9:,.0f} GB for {items:,} items; at most {MOST_ITEMS:,} items"
        raise InvalidInput("items", items, need, "use item-knn or als, which stay sparse")


def inverse(matrix: Reals) -> Reals:
    """Of a symmetric positive definite matrix, by Cholesky: half of the work of a general inverse. Overwrites it."""
    single = matrix.dtype == np.float32
    first, second = (spotrf, spotri) if single else (dpotrf, dpotri)
    # the transpose of a symmetric matrix is itself, and LAPACK then needs no copy in its own order
    factor, bad = first(matrix.T, lower=True, clean=True, overwrite_a=True)  # clean: zeros above the diagonal
    half, bad_too = second(factor, lower=True, overwrite_c=True)
    if bad or bad_too:
        raise InvalidInput("l2", bad or bad_too, "is too small for these data: the matrix is singular", "raise it")
    full: Reals = half + half.T
    full[np.diag_indices(len(full))] /= 2
    return full


def together(X: Matrix, l2: float) -> NDArray[np.float32]:
    """B, (items, items): ``B[j, i]`` is what having j says about having i too."""
    n = X.shape[1]
    G: Reals = gram(X)
    # no eigenvalue exceeds the largest sum of a row, so this bounds how much the inverse magnifies rounding errors
    if n and float(np.abs(G).sum(axis=1).max()) > MOST_MAGNIFIED * l2:
        G = G.astype(np.float64)
    G[np.diag_indices(n)] += l2
    P = inverse(G)
    P /= -np.diag(P)
    B = P.astype(np.float32, copy=False)
    np.fill_diagonal(B, 0)
    return B


@dataclass(frozen=True)
class EASE(Algorithm):
    """``l2``: regularisation, larger trusts counts less. ``binary`` reads histories as sets."""

    name: ClassVar[str] = "ease"
    fits: ClassVar[type[Model]] = ItemWeights
    space: ClassVar[Mapping[str, Sequence[Any]]] = {"l2": (50.0, 200.0, 800.0), "binary": (True, False)}

    l2: float = 200.0
    binary: bool = True

    def __post_init__(self) -> None:
        positive(l2=self.l2)

    def fit(self, data: Interactions, *, seed: int = 0) -> ItemWeights:  # noqa: ARG002 - deterministic
        """Solve exactly. Deterministic; ``seed`` is not used. Needs items^2 x 24 bytes meanwhile."""
        refuse_too_many(len(data.items))
        B = together(read(data.matrix, binary=self.binary), self.l2)
        return ItemWeights(data.items, B, self.binary, people=people_of(data), settings=self.settings())
