"""A linear low-pass filter on the graph of people and items (GF-CF; Shen, Wu, Zhang, Shan, Zhang, Letaief, Li 2021,
"How Powerful is Graph Convolution for Recommendation?").

A history is a signal over the items. Items that the same people take should carry similar values, so the noise is in
the high frequencies of the item graph, and two filters without training take it out. With d the sums of rows and
columns, R~ = D_U^-a R D_I^-b, and V the first k right singular vectors of R~:

    s = h (R~'R~  +  weight D_I^-b V V' D_I^b)

The first term is one step on the graph; the second the ideal filter, which keeps the k lowest frequencies whole. The
paper has a = b = 1/2.

Smoothing makes people alike, so a step the other way follows (Choi, Hong, Park, Cho 2023, "Blurring-Sharpening Process
Models for Collaborative Filtering"): what the smoothed signal would become with one more step is taken off,

    s  <-  s - sharpness s R~'R~
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import svds

from salience.events.interactions import IdMap, Interactions, Matrix
from salience.models.files import sparse_arrays, sparse_from
from salience.models.histories import read
from salience.models.model import Algorithm, Arrays, Floats, Model, People, people_of
from salience.models.settings import not_negative, whole

SMALL = 50  # up to here one dense SVD is faster than Lanczos, and it has no limit on k


@dataclass(frozen=True, eq=False)
class FilteredGraph(Model):
    """``graph``: R~, CSR (people, items), without ids. ``low``, ``back``: (items, k), D_I^-b V and weight D_I^b V."""

    kind: ClassVar[str] = "filtered-graph"

    graph: Matrix
    low: Floats
    back: Floats
    binary: bool
    sharpness: float

    def score(self, histories: Matrix) -> Floats:
        """Both filters, one after the other, then the sharpening; never an items x items matrix."""
        h = read(histories, binary=self.binary)
        near: Floats = ((h @ self.graph.T) @ self.graph).toarray()
        near += (h @ self.low) @ self.back.T
        if self.sharpness:
            near -= np.float32(self.sharpness) * self._step(near.T).T
        return near

    def _step(self, signals: Floats) -> Floats:
        """R~'R~ times each column of ``signals`` (items, batch)."""
        stepped: Floats = self.graph.T @ (self.graph @ signals)
        return stepped

    def contributions(self, history: Matrix, item: int) -> Floats:
        """h_j times the filter's entry (j, item); they sum to the score."""
        h = read(history, binary=self.binary)
        wanted = np.zeros(len(self.low), np.float32)
        wanted[item] = 1
        if self.sharpness:
            wanted -= np.float32(self.sharpness) * self._step(wanted)
        entry: Floats = self._step(wanted)[h.indices] + self.low[h.indices] @ (self.back.T @ wanted)
        return (h.data * entry).astype(np.float32)

    def arrays(self) -> Arrays:
        """The graph, its number of people, both sides of the ideal filter and the flag."""
        return {
            **sparse_arrays(self.graph, "graph."),
            "low": self.low,
            "back": self.back,
            "binary": np.array(self.binary),
            "sharpness": np.array(self.sharpness),
        }

    @classmethod
    def from_arrays(cls, items: IdMap, arrays: Mapping[str, NDArray[Any]], *, people: People | None = None) -> Self:
        """Check the shapes, then wrap."""
        n = len(items)
        graph = sparse_from(arrays, "graph.", (len(arrays["graph.indptr"]) - 1, n))
        low, back = (arrays[name].astype(np.float32, copy=False) for name in ("low", "back"))
        if low.ndim != 2 or low.shape != back.shape or len(low) != n:
            raise ValueError(f"low, back: shapes {low.shape} and {back.shape}, not ({n}, k) both")
        sharpness = float(arrays["sharpness"].item())
        return cls(items, graph, low, back, bool(arrays["binary"].item()), sharpness, people=people)


@dataclass(frozen=True)
class GraphFilter(Algorithm):
    """``factors`` k and ``weight`` of the ideal filter; ``user_power`` a and ``item_power`` b of the normalisation;
    ``sharpness``: 0 leaves the signal as smooth as it is."""

    name: ClassVar[str] = "graph-filter"
    fits: ClassVar[type[Model]] = FilteredGraph
    space: ClassVar[Mapping[str, Sequence[Any]]] = {
        "factors": (8, 16, 32, 64, 128),
        "weight": (0.1, 0.3, 1.0),
        "user_power": (0.3, 0.5),
        "item_power": (0.3, 0.4, 0.5, 0.6),
        "sharpness": (0.0, 0.2, 0.4),
    }

    factors: int = 32
    weight: float = 0.3
    user_power: float = 0.5
    item_power: float = 0.5
    binary: bool = True
    sharpness: float = 0.0

    def __post_init__(self) -> None:
        whole(factors=self.factors)
        not_negative(weight=self.weight, user_power=self.user_power, item_power=self.item_power)
        not_negative(sharpness=self.sharpness)

    def fit(self, data: Interactions, *, seed: int = 0) -> FilteredGraph:
        """Normalise and take the first singular vectors. ``seed`` starts the Lanczos iteration."""
        R = read(data.matrix, binary=self.binary)
        degree = np.asarray(R.sum(axis=0), dtype=np.float64).ravel()
        scale = np.where(degree > 0, degree, 1) ** self.item_power
        people = np.asarray(R.sum(axis=1), dtype=np.float64).ravel()
        rows = np.repeat(np.where(people > 0, people, 1) ** -self.user_power, np.diff(R.indptr))
        data_ = (R.data * rows / scale[R.indices]).astype(np.float32)
        graph: Matrix = sparse.csr_array((data_, R.indices, R.indptr), shape=R.shape)
        V = lowest(graph, self.factors, seed)
        low = (V / scale[:, None]).astype(np.float32)
        back = (self.weight * V * scale[:, None]).astype(np.float32)
        return FilteredGraph(
            data.items,
            graph,
            low,
            back,
            self.binary,
            self.sharpness,
            people=people_of(data),
            settings=self.settings(),
        )


def lowest(graph: Matrix, k: int, seed: int) -> NDArray[np.float64]:
    """The first k right singular vectors, the lowest frequencies of the item graph, (items, <= k)."""
    least = min(graph.shape)
    if not least or not graph.nnz:
        return np.zeros((graph.shape[1], 1))
    if least <= max(SMALL, k + 1):
        _, S, Vt = np.linalg.svd(graph.toarray().astype(np.float64), full_matrices=False)
    else:
        start = np.random.default_rng(seed).normal(size=least)
        _, S, Vt = svds(graph.astype(np.float64), k=k, v0=start)
    order = np.argsort(-S)[:k]
    return np.asarray(Vt[order[S[order] > 1e-9]].T)
