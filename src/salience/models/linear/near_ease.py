"""EASE for large catalogues: each item is explained by its nearest items only, exactly, in small systems.

A column of EASE (Steck 2019) is a ridge regression of the item on all others. Here it is one on the k items N(i)
nearest to it by cosine, the idea of fsSLIM (Ning and Karypis 2011) and of sparse Markov random fields (Steck 2019b,
"Markov Random Fields for Collaborative Filtering"), with G = X'X and l2 as in EASE:

    W_N,i = (G_NN + l2 I)^-1 G_N,i           and 0 elsewhere

With k = items - 1 this is EASE. Time is items x k^3 / 3, memory items x k; nothing is items x items.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve

from salience.events.interactions import Interactions, Matrix
from salience.models.histories import read
from salience.models.item_weights import ItemWeights
from salience.models.model import Algorithm, Model, people_of
from salience.models.neighbours.neighbourhood import columns_of, neighbourhoods, turned
from salience.models.settings import positive, whole


@dataclass(frozen=True)
class NearEASE(Algorithm):
    """``l2`` as in EASE, ``neighbours`` k. ``binary`` reads histories as sets."""

    name: ClassVar[str] = "near-ease"
    fits: ClassVar[type[Model]] = ItemWeights
    space: ClassVar[Mapping[str, Sequence[Any]]] = {
        "l2": (10.0, 50.0, 200.0, 500.0, 1000.0),
        "neighbours": (100, 200, 400),
    }

    l2: float = 200.0
    neighbours: int = 200
    binary: bool = True

    def __post_init__(self) -> None:
        positive(l2=self.l2)
        whole(neighbours=self.neighbours)

    def fit(self, data: Interactions, *, seed: int = 0) -> ItemWeights:  # noqa: ARG002 - deterministic
        """One Cholesky solve per item. Deterministic."""
        X = read(data.matrix, binary=self.binary)
        near = neighbourhoods(X, self.neighbours)
        by_item = sparse.csc_array(X)
        weights = np.zeros_like(near.data)
        for item in range(X.shape[1]):
            chosen = slice(near.indptr[item], near.indptr[item + 1])
            if chosen.start == chosen.stop:
                continue
            G, wanted = columns_of(by_item, near.indices[chosen], item)
            G[np.diag_indices(len(G))] += np.float32(self.l2)
            factor = cho_factor(G, lower=True, overwrite_a=True, check_finite=False)
            weights[chosen] = cho_solve(factor, wanted, check_finite=False)
        W: Matrix = turned(near, weights)
        return ItemWeights(data.items, W, self.binary, people=people_of(data), settings=self.settings())
