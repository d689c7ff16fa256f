"""Neighbours over baskets: people with the same habits tell what somebody may buy besides what they bought already.

    score_ui = alpha x_ui + (1 - alpha) sum over v in N(u) of w_uv x_vi,   w_uv = s(u, v)^q / sum over N(u) of s(u, v)^q

Two papers in one equation. TIFU-kNN (Hu et al. 2020): x is the faded frequency of `habits`, all neighbours weigh the
same (q = 0). UP-CF (Faggioli, Polato, Aiolli 2020, "Recency Aware Collaborative Filtering for Next Basket
Recommendation"): x is the share of the last r baskets that hold the item, s the asymmetric cosine with a high power q,
alpha = 0 and u is among the neighbours.

    s(u, v) = x_u . x_v / (|x_u|^2a |x_v|^2(1-a)),     a = 1/2: the cosine

Whoever has the very vector of the person asked about is no neighbour where alpha > 0: that is mostly themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events.interactions import IdMap, Matrix
from salience.models.basket.baskets import Baskets
from salience.models.basket.habits import TIES, everybody, faded
from salience.models.basket.model import Arrays, BasketAlgorithm, BasketModel, Floats, some
from salience.models.basket.settle import share
from salience.models.files import sparse_arrays, sparse_from
from salience.models.settings import not_negative, whole

BANK = 10_000  # people among whom neighbours are sought; more make every answer dearer and hardly better
AT_ONCE = 10_000_000  # similarities held at once: 40 MB
SAME = 1 - 1e-6


@dataclass(frozen=True, eq=False)
class NeighbourBaskets(BasketModel):
    """``bank`` (people, items): the vectors x of those among whom neighbours are sought; ``share`` breaks ties.

    ``knobs``: decay, across, size, window, alpha, k, q, a.
    """

    kind: ClassVar[str] = "neighbour-baskets"

    bank: Matrix
    share: Floats
    knobs: NDArray[np.float64]

    def score(self, histories: Baskets) -> Floats:
        """Own habits and those of the neighbours."""
        alpha = np.float32(self.knobs[4])
        own, others = self.halves(histories)
        told: Floats = alpha * own.toarray() + (1 - alpha) * others.toarray()
        return told + np.float32(TIES) * self.share

    def halves(self, histories: Baskets) -> tuple[Matrix, Matrix]:
        """(x, mean of the neighbours' x), both people x items, CSR."""
        own = vectors(histories, *self.knobs[:4])
        step = max(1, AT_ONCE // max(1, self.bank.shape[0]))
        parts = [self._weights(own[start : start + step]) @ self.bank for start in range(0, len(histories), step)]
        return own, sparse.csr_array(sparse.vstack(parts)) if parts else own

    def _weights(self, own: Matrix) -> Matrix:
        """w of each person's k nearest in the bank, (people, bank), CSR."""
        alpha, k, q, a = self.knobs[4:]
        near: Any = (self.bank @ own.T.toarray()).T  # sparse times dense is far faster than sparse times sparse here
        ours, theirs = _squares(own), _squares(self.bank)
        cosine = near / np.sqrt(np.maximum(np.outer(ours, theirs), 1e-12))
        scaled = near if a == 0.5 else near / np.maximum(np.outer(ours**a, theirs ** (1 - a)), 1e-12)
        near = (cosine if a == 0.5 else scaled).astype(np.float32)
        if alpha > 0:
            near[cosine > SAME] = 0
        width = min(int(k), near.shape[1])
        chosen = np.argpartition(-near, width - 1, axis=1)[:, :width]
        value = np.take_along_axis(near, chosen, axis=1)
        weight = np.where(value > 0, np.maximum(value, 1e-12) ** q, 0.0)
        weight /= np.maximum(weight.sum(axis=1, keepdims=True), 1e-30)
        indptr = np.arange(len(chosen) + 1) * width
        found = (weight.astype(np.float32).ravel(), chosen.astype(np.int32).ravel(), indptr)
        return sparse.csr_array(found, shape=near.shape)

    def arrays(self) -> Arrays:
        """Vectors, shares and settings."""
        return {"share": self.share, "knobs": self.knobs, **sparse_arrays(self.bank, "bank.")}

    @classmethod
    def from_arrays(cls, items: IdMap, arrays: Mapping[str, NDArray[Any]]) -> NeighbourBaskets:
        """The inverse of `arrays`."""
        if arrays["share"].shape != (len(items),) or arrays["knobs"].shape != (8,):
            raise ValueError("share, knobs: must have one value per item, and eight")
        bank = sparse_from(arrays, "bank.", (len(arrays["bank.indptr"]) - 1, len(items)))
        return cls(items, bank, arrays["share"], arrays["knobs"])


@dataclass(frozen=True)
class TifuKNN(BasketAlgorithm):
    """``decay`` within, ``across`` groups of ``size``; ``alpha`` of one's own habits; ``k`` neighbours."""

    name: ClassVar[str] = "tifu-knn"
    space: ClassVar[Mapping[str, Sequence[Any]]] = {
        "decay": (0.8, 0.9, 1.0),
        "across": (0.6, 0.8, 1.0),
        "size": (2, 3, 7),
        "alpha": (0.2, 0.5, 0.7, 0.9),
        "k": (100, 300, 900),
    }

    decay: float = 0.9
    across: float = 0.7
    size: int = 7
    alpha: float = 0.7
    k: int = 300

    def __post_init__(self) -> None:
        whole(size=self.size, k=self.k)
        share(decay=self.decay, across=self.across, alpha=self.alpha)

    def fit(self, baskets: Baskets, *, seed: int = 0) -> NeighbourBaskets:
        """Vectors of everybody, or of an even sample."""
        knobs = (self.decay, self.across, self.size, 0, self.alpha, self.k, 0, 0.5)
        return _fitted(self, baskets, knobs, seed)


@dataclass(frozen=True)
class UPCF(BasketAlgorithm):
    """``window``: the last r baskets, 0 = all; ``k`` neighbours, power ``q``, and ``a`` of the asymmetric cosine."""

    name: ClassVar[str] = "up-cf"
    space: ClassVar[Mapping[str, Sequence[Any]]] = {
        "window": (0, 1, 5, 10, 25),
        "q": (1.0, 5.0, 10.0, 20.0, 50.0),
        "a": (0.25, 0.5, 0.75),
    }

    window: int = 10
    q: float = 10.0
    a: float = 0.25
    k: int = 300

    def __post_init__(self) -> None:
        whole(k=self.k)
        not_negative(window=self.window, q=self.q)
        share(a=self.a)

    def fit(self, baskets: Baskets, *, seed: int = 0) -> NeighbourBaskets:
        """Vectors of everybody, or of an even sample."""
        return _fitted(self, baskets, (1, 1, 0, self.window, 0, self.k, self.q, self.a), seed)


def vectors(baskets: Baskets, decay: float, across: float, size: float, window: float) -> Matrix:
    """x of each person, people x items, CSR; over the newest ``window`` baskets, or all where it is 0."""
    return faded(baskets.newest(int(window)) if window else baskets, decay, across, int(size))


def _fitted(setting: BasketAlgorithm, baskets: Baskets, knobs: Sequence[float], seed: int) -> NeighbourBaskets:
    some(baskets)
    whole_bank = vectors(baskets, *knobs[:4])
    bank = whole_bank
    if len(baskets) > BANK:
        bank = whole_bank[np.sort(np.random.default_rng(seed).permutation(len(baskets))[:BANK])]
    return NeighbourBaskets(
        baskets.items, bank, everybody(whole_bank), np.array(knobs, np.float64), settings=setting.settings()
    )


def _squares(matrix: Matrix) -> NDArray[np.float64]:
    """x . x of each row."""
    return np.asarray(matrix.power(2).sum(axis=1), dtype=np.float64).ravel()
