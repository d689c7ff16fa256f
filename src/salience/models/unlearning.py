"""Exact unlearning of people from models that counts make, faster than fitting anew.

EASE (Steck 2019) keeps P = (X'X + l2 I)^-1. Without the row x of one person it is, by Sherman and Morrison (1950),

    P + (P x)(P x)' / (1 - x' P x)

and the weights follow from P as always. Popularity and co-counts are sums over people: theirs are subtracted. After the
removal of a hundred people the weights equal a full fit to rounding errors; the tests compare them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from salience.events import InvalidInput
from salience.events.interactions import Matrix

Reals = NDArray[np.float64]


def inverse_gram(X: Matrix, l2: float) -> Reals:
    """P of the histories ``X`` (people, items), shape (items, items): what has to be kept to unlearn by."""
    G: Any = (X.T @ X).toarray().astype(np.float64)
    G[np.diag_indices(len(G))] += l2
    return np.asarray(np.linalg.inv(G))


def without(P: Reals, rows: Matrix) -> Reals:
    """P without these people's rows, one rank-one downdate each: items^2 operations a person.

    `InvalidInput` if a row cannot have been in P: then 1 - x'Px is not above 0.
    """
    P = P.copy()
    for x in np.asarray(rows.toarray(), dtype=np.float64):
        Px = P @ x
        left = 1.0 - float(x @ Px)
        if left <= 0:
            raise InvalidInput("rows", left, "were not learned from: this P never held them")
        P += np.outer(Px, Px) / left
    return P


def weights(P: Reals) -> Reals:
    """The item weights B of EASE: -P_ij / P_jj, zero on the diagonal."""
    B = P / -np.diag(P)
    np.fill_diagonal(B, 0)
    return np.asarray(B)


def fewer_counts(counts: Reals, rows: Matrix) -> Reals:
    """People per item without these people: popularity, exactly.

    >>> from scipy import sparse
    >>> fewer_counts(np.array([3.0, 1.0]), sparse.csr_array(np.array([[1.0, 0.0]])))
    array([2., 1.])
    """
    return counts - np.asarray((rows > 0).sum(axis=0), dtype=np.float64).ravel()


def fewer_pairs(gram: Matrix, rows: Matrix) -> Matrix:
    """Co-counts of items without these people: what neighbours of items are made from, exactly."""
    less: Any = gram - rows.T @ rows
    less.eliminate_zeros()
    return less  # type: ignore[no-any-return]
