"""Random walks on the graph of people and items: P3alpha (Cooper, Lee, Radzik, Siantos 2014, "Random Walks in
Recommender Systems") and RP3beta (Paudel, Christoffel, Newell, Bernstein 2017, "Updatable, Accurate, Diverse, and
Scalable Recommendations for Interactive Applications").

A walker steps from an item j of the history to somebody u who had it, and from u to an item i that u had. With r_uj the
entry, d_u and d_j the sums of a row and a column, each step's probability is raised to ``alpha``:

    W_ji = sum over u of (r_uj / d_j)^alpha (r_ui / d_u)^alpha / d_i^beta,       score_i = sum over j in h of h_j W_ji

``alpha`` below 1 evens out rare and common paths; ``beta`` above 0 takes off part of an item's popularity, because the
walk reaches popular items too often. ``beta`` = 0 is P3alpha.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy import sparse

from salience.events.interactions import Interactions, Matrix
from salience.models.histories import read
from salience.models.item_weights import ItemWeights
from salience.models.model import Algorithm, Floats, Model, people_of
from salience.models.neighbours.similarity import best_others, blocks, stacked
from salience.models.settings import not_negative, positive, whole


@dataclass(frozen=True)
class P3Alpha(Algorithm):
    """The walk with steps to the power ``alpha``; of each item the ``neighbours`` with the strongest paths are kept."""

    name: ClassVar[str] = "p3alpha"
    fits: ClassVar[type[Model]] = ItemWeights
    space: ClassVar[Mapping[str, Sequence[Any]]] = {"alpha": (0.4, 0.7, 1.0), "neighbours": (100, 500, 2000)}

    alpha: float = 0.8
    neighbours: int = 500
    binary: bool = True

    def __post_init__(self) -> None:
        positive(alpha=self.alpha)
        whole(neighbours=self.neighbours)

    def fit(self, data: Interactions, *, seed: int = 0) -> ItemWeights:  # noqa: ARG002 - deterministic
        """One sparse product in blocks of items. Deterministic."""
        W = walk(read(data.matrix, binary=self.binary), self.alpha, 0.0, self.neighbours)
        return ItemWeights(data.items, W, self.binary, people=people_of(data), settings=self.settings())


@dataclass(frozen=True)
class RP3Beta(Algorithm):
    """P3alpha with the popularity of the item reached divided out to the power ``beta``."""

    name: ClassVar[str] = "rp3beta"
    fits: ClassVar[type[Model]] = ItemWeights
    space: ClassVar[Mapping[str, Sequence[Any]]] = {
        "alpha": (0.4, 0.6, 0.8, 1.0),
        "beta": (0.1, 0.2, 0.4, 0.6),
        "neighbours": (200, 1000, 4000),
    }

    alpha: float = 0.8
    beta: float = 0.4
    neighbours: int = 500
    binary: bool = True

    def __post_init__(self) -> None:
        positive(alpha=self.alpha)
        not_negative(beta=self.beta)
        whole(neighbours=self.neighbours)

    def fit(self, data: Interactions, *, seed: int = 0) -> ItemWeights:  # noqa: ARG002 - deterministic
        """One sparse product in blocks of items. Deterministic."""
        W = walk(read(data.matrix, binary=self.binary), self.alpha, self.beta, self.neighbours)
        return ItemWeights(data.items, W, self.binary, people=people_of(data), settings=self.settings())


def walk(X: Matrix, alpha: float, beta: float, neighbours: int) -> Matrix:
    """W, CSR (items, items), diagonal 0; of each column, the item reached, the ``neighbours`` largest entries."""
    by_user = _step(X, alpha)
    by_item = _step(sparse.csr_array(X.T), alpha)
    reached = sparse.csr_array(by_user.T)
    popularity = np.asarray(X.sum(axis=0), dtype=np.float32).ravel()
    fame = np.where(popularity > 0, popularity, 1).astype(np.float32) ** np.float32(-beta)
    n = X.shape[1]
    parts = []
    for block in blocks(n, n):
        paths: Matrix = sparse.csr_array(sparse.diags_array(fame[block]) @ (reached[block] @ by_item.T))
        parts.append(best_others(paths, block.start, neighbours))
    by_target = stacked(parts, n)
    W: Matrix = sparse.csr_array(by_target.T)
    W.sort_indices()
    return W


def _step(X: Matrix, alpha: float) -> Matrix:
    """Each entry over the sum of its row, to the power alpha."""
    total: Floats = np.asarray(X.sum(axis=1)).ravel()
    share = X.data / np.repeat(np.where(total > 0, total, 1), np.diff(X.indptr))
    return sparse.csr_array(((share**alpha).astype(np.float32), X.indices, X.indptr), shape=X.shape)
