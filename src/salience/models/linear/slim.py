"""SLIM: sparse linear methods (Ning and Karypis 2011, "SLIM: Sparse Linear Methods for Top-N Recommender Systems").

Each item i is explained by a few others, an elastic net per column of W:

    min over W_i >= 0 of  1/2 |X_i - X W_i|^2 + l2/2 |W_i|^2 + l1 |W_i|_1     subject to  W_ii = 0

Coordinate descent needs only the Gram matrix G = X'X. The coordinate j has the exact minimum, for all columns at once,

    W_ji = max(0, G_ji - sum over k != j of G_jk W_ki - l1) / (G_jj + l2)

Coordinates are taken in blocks: within a block one after the other, and the rest of the world hears of the block's
changes by one matrix product, so nearly all of the work runs at the speed of that product. ``l1`` and ``l2`` are in
units of the mean of G's diagonal, so that a setting means the same on data of any size.

``neighbours`` > 0 is the paper's fsSLIM: an item is explained only by the items most similar to it (cosine), each
column a small problem of its own, and memory grows with the interactions and not with items^2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events.interactions import Interactions, Matrix
from salience.models.histories import read
from salience.models.item_weights import ItemWeights
from salience.models.linear.ease import refuse_too_many
from salience.models.model import Algorithm, Floats, Model, people_of
from salience.models.neighbours.neighbourhood import columns_of, neighbourhoods, turned
from salience.models.settings import not_negative
from salience.models.sparse_rows import gram

BLOCK = 64  # coordinates between two products: small enough that the work inside a block does not count
ENOUGH = 1e-3  # stop when no weight moved by more; scores are sums of tens of weights of order .1


@dataclass(frozen=True)
class SLIM(Algorithm):
    """``l1`` makes W sparse, ``l2`` small; ``positive`` keeps W >= 0; ``neighbours`` 0 lets all items explain all."""

    name: ClassVar[str] = "slim"
    fits: ClassVar[type[Model]] = ItemWeights
    space: ClassVar[Mapping[str, Sequence[Any]]] = {
        "l1": (0.003, 0.01, 0.03, 0.1),
        "l2": (0.3, 1.0, 3.0, 10.0),
        "positive": (True, False),
    }

    l1: float = 0.01
    l2: float = 3.0
    positive: bool = True
    neighbours: int = 0
    sweeps: int = 10
    binary: bool = True

    def __post_init__(self) -> None:
        not_negative(l1=self.l1, l2=self.l2, neighbours=self.neighbours, sweeps=self.sweeps)

    def fit(self, data: Interactions, *, seed: int = 0) -> ItemWeights:  # noqa: ARG002 - deterministic
        """Descend until no weight moves. Deterministic. With ``neighbours`` 0 it needs items^2 x 16 bytes meanwhile."""
        X = read(data.matrix, binary=self.binary)
        squares: Floats = np.asarray(X.multiply(X).sum(axis=0)).ravel()
        unit = float(squares[squares > 0].mean()) if X.nnz else 1.0
        if self.neighbours:
            W = self._near(X, unit)
        else:
            refuse_too_many(len(data.items))
            G = gram(X)
            W = sparse.csr_array(self._descend(G, G, np.arange(len(G)), unit))
        return ItemWeights(data.items, W, self.binary, people=people_of(data), settings=self.settings())

    def _descend(self, G: Floats, wanted: Floats, own: NDArray[np.int64], unit: float) -> Floats:
        """W for the right sides ``wanted`` (m, columns); ``own`` is the row of each column that must stay 0, or -1."""
        l1, l2 = np.float32(self.l1 * unit), np.float32(self.l2 * unit)
        W = np.zeros_like(wanted)
        R = wanted.copy()  # wanted - G W, kept up to date
        columns = np.arange(wanted.shape[1])
        for _ in range(self.sweeps):
            moved = 0.0
            for start in range(0, len(G), BLOCK):
                rows = slice(start, min(start + BLOCK, len(G)))
                before = W[rows].copy()
                inside = G[rows, rows]
                part = R[rows].copy()
                for at in range(rows.stop - start):
                    pull = part[at] + inside[at, at] * W[start + at]
                    fresh = _shrunk(pull, l1, positive=self.positive) / max(inside[at, at] + l2, np.float32(1e-12))
                    mine = columns[own == start + at]
                    fresh[mine] = 0
                    part[at + 1 :] -= np.multiply.outer(inside[at + 1 :, at], fresh - W[start + at])
                    W[start + at] = fresh
                change = W[rows] - before
                moved = max(moved, float(np.abs(change).max(initial=0)))
                if change.any():
                    R -= G[:, rows] @ change
            if moved < ENOUGH:
                break
        return W

    def _near(self, X: Matrix, unit: float) -> Matrix:
        """Column by column, from the nearest items only."""
        near = neighbourhoods(X, self.neighbours)
        by_item = sparse.csc_array(X)
        weights = np.zeros_like(near.data)
        for item in range(X.shape[1]):
            chosen = slice(near.indptr[item], near.indptr[item + 1])
            G, wanted = columns_of(by_item, near.indices[chosen], item)
            weights[chosen] = self._descend(G, wanted[:, None], np.array([-1]), unit)[:, 0]
        return turned(near, weights)


def _shrunk(pull: Floats, l1: np.float32, *, positive: bool) -> Floats:
    """The soft threshold: towards 0 by l1."""
    less: Floats = np.maximum(pull - l1, 0)
    return less if positive else less - np.maximum(-pull - l1, 0)
