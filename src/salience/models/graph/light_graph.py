"""A light graph network over items, learned with a full softmax (LightGCN; He, Deng, Wang, Li, Zhang, Wang 2020,
"LightGCN: Simplifying and Powering Graph Convolution Network for Recommendation").

LightGCN spreads embeddings over the graph of people and items and averages the layers; there is nothing else in it.
With R~ = D_U^-1/2 R D_I^-1/2, two of its steps lead from items to items, so with item embeddings E as its only
parameters

    Z = mean over l = 0..layers of (R~'R~)^l E,        z_u = |h|^-1/2 sum over j in h of d_j^-1/2 Z_j
    s_ui = z_u . Z_i + b_i,                            loss = - mean over u, and i that u took, of ln softmax(s_u)_i

People have no parameters, so a new one needs no fitting. While learning, each entry of a history is left out of z_u
with probability ``dropout``, but still to be found, as in a denoising autoencoder (Liang et al. 2018): else items would
learn to recommend themselves. The softmax runs over all items, which is why a few epochs are enough. ``layers`` = 0 is
the plain softmax factor model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy import sparse

from salience.events.interactions import Interactions, Matrix
from salience.models.adam import Adam
from salience.models.factors.history_factors import HistoryFactors, scaled
from salience.models.histories import read
from salience.models.model import Algorithm, Floats, Model, people_of
from salience.models.settings import not_negative, positive, whole

POWER = 0.5


@dataclass(frozen=True)
class LightGraph(Algorithm):
    """``factors``, ``layers``, ``dropout`` of entries, Adam's ``rate``, ``epochs`` in batches of ``batch`` people."""

    name: ClassVar[str] = "light-graph"
    fits: ClassVar[type[Model]] = HistoryFactors
    space: ClassVar[Mapping[str, Sequence[Any]]] = {
        "factors": (64, 128),
        "layers": (0, 1),
        "dropout": (0.5, 0.8),
        "rate": (0.003, 0.006),
        "epochs": (15, 30, 60),
    }

    factors: int = 64
    layers: int = 1
    dropout: float = 0.5
    rate: float = 0.005
    epochs: int = 20
    batch: int = 256

    def __post_init__(self) -> None:
        whole(factors=self.factors, epochs=self.epochs, batch=self.batch)
        positive(rate=self.rate)
        not_negative(layers=self.layers, dropout=self.dropout)

    def fit(self, data: Interactions, *, seed: int = 0) -> HistoryFactors:
        """Adam over batches of people; ``seed`` draws the start, the order and what is left out."""
        X = read(data.matrix, binary=True)
        degree = np.maximum(np.asarray(X.sum(axis=0), dtype=np.float32).ravel(), 1)
        graph: Matrix = sparse.csr_array(scaled(X, POWER) @ sparse.diags_array(degree**-0.5))
        rng = np.random.default_rng(seed)
        E = (rng.standard_normal((len(data.items), self.factors)) / 10).astype(np.float32)
        b = np.log(degree / degree.sum()) if len(data.items) else degree
        learner = Adam((E, b), self.rate)
        people = np.flatnonzero(np.diff(X.indptr))
        for _ in range(self.epochs):
            order = rng.permutation(people)
            for start in range(0, len(order), self.batch):
                rows = X[order[start : start + self.batch]]
                learner.step(self._gradient(rows, graph, degree, (E, b), rng))
        Z = self._spread(graph, E)
        causes = (Z * degree[:, None] ** -0.5).astype(np.float32)
        people_ = people_of(data)
        return HistoryFactors(data.items, causes, Z, b, POWER, binary=True, people=people_, settings=self.settings())

    def _spread(self, graph: Matrix, E: Floats) -> Floats:
        """The mean over the layers. Symmetric in the graph, so gradients go back by the same function."""
        layer, total = E, E.copy()
        for _ in range(self.layers):
            layer = graph.T @ (graph @ layer)
            total += layer
        return total / np.float32(self.layers + 1)

    def _gradient(
        self, rows: Matrix, graph: Matrix, degree: Floats, parameters: tuple[Floats, Floats], rng: np.random.Generator
    ) -> tuple[Floats, Floats]:
        """Of the mean cross-entropy between what each person of the batch took and the softmax of their scores."""
        E, b = parameters
        Z = self._spread(graph, E)
        kept = rows.copy()
        kept.data *= rng.random(rows.nnz) >= self.dropout
        h = sparse.csr_array(scaled(kept, POWER) @ sparse.diags_array(degree**-0.5))
        z = h @ Z
        scores = z @ Z.T + b
        scores -= scores.max(axis=1, keepdims=True)
        slope = np.exp(scores, out=scores)
        slope /= slope.sum(axis=1, keepdims=True)
        wanted = scaled(rows, 1.0)
        at = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
        slope[at, rows.indices] -= wanted.data
        slope /= np.float32(rows.shape[0])
        gZ = slope.T @ z + h.T @ (slope @ Z)
        return self._spread(graph, gZ), slope.sum(axis=0)
