"""Which items may explain an item, for models whose memory must grow with the interactions: its nearest by cosine."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events.interactions import Matrix
from salience.models.model import Floats
from salience.models.neighbours.similarity import Likeness, Rows, nearest

SHRINK = 5.0  # a cosine that rests on one common person is mostly chance


def neighbourhoods(X: Matrix, k: int) -> Matrix:
    """CSR (items, items): of each row's item the ``k`` most similar others; at most items x k entries."""
    return nearest(Rows.of(sparse.csr_array(X.T), "cosine"), k, Likeness(shrink=SHRINK))


def turned(near: Matrix, weights: Floats) -> Matrix:
    """W, CSR (items, items): the ``weights`` of each item's neighbourhood become its column; zeros are dropped."""
    by_target: Any = sparse.csr_array((weights, near.indices, near.indptr), shape=near.shape)
    W: Matrix = sparse.csr_array(by_target.T)
    W.eliminate_zeros()
    W.sort_indices()
    return W


def columns_of(by_item: Any, chosen: NDArray[Any], item: int) -> tuple[Floats, Floats]:
    """The Gram matrix of the ``chosen`` columns of a CSC matrix, (k, k), and their products with ``item``, (k,)."""
    part = by_item[:, np.append(chosen, item)]
    G: Floats = (part.T @ part).toarray().astype(np.float32)
    return G[:-1, :-1], G[:-1, -1].copy()
