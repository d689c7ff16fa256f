"""Sequence neighbours: whoever did alike, and what else they did (Jannach and Ludewig 2017, "When recurrent neural
networks meet the neighborhood for session-based recommendation", RecSys; the recency weights are those of STAN: Garg,
Gupta, Malhotra, Vig, Shroff 2019, "Sequence and time aware neighborhood for session-based recommendations", SIGIR).

    w(prefix)_i = idf_i  sum over the entries i of exp(-age / recency)
    sim(prefix, s) = exp(-(newest - s) / (fading * sequences))  w(prefix) . x_s / sqrt(|x_s|)
    score = sum over the k most similar s of sim^sharpness x_s

x_s is the set of items of training sequence s; s counts sequences, the newest last, and ``fading`` 0 switches that
factor off (for tables that are in no order). Two sparse products, so a batch costs what its matches cost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from salience.events.interactions import IdMap, Matrix
from salience.models.files import sparse_arrays, sparse_from
from salience.models.model import Arrays
from salience.models.sequence.model import SequenceAlgorithm, SequenceModel
from salience.models.sequence.sequences import Sequences
from salience.models.sequence.settle import above, at_least
from salience.models.sparse_rows import largest, scaled

SCALARS = ("k", "recency", "sharpness")


@dataclass(frozen=True, eq=False)
class Neighbourhood(SequenceModel):
    """``sets`` (sequences, items) of ones, ``weight`` (sequences,) = fading / sqrt(size), ``idf`` (items,)."""

    kind: ClassVar[str] = "neighbourhood"

    sets: Matrix
    weight: NDArray[np.float32]
    idf: NDArray[np.float32]
    k: int
    recency: float
    sharpness: float

    @cached_property
    def holders(self) -> Matrix:
        """(items, sequences): who has the item, weighted."""
        return scaled(self.weight, self.sets, self.idf).T.tocsr()

    def evidence(self, prefixes: Sequences) -> Matrix:
        """The sets of the most similar sequences, weighted by the similarity."""
        similar = largest((prefixes.decayed(self.recency) @ self.holders).tocsr(), self.k)
        if self.sharpness != 1:
            top = np.maximum(similar.max(axis=1).toarray().ravel(), np.finfo(np.float32).tiny)
            similar = scaled(1 / top, similar, np.ones(similar.shape[1]))  # the power must not leave float32
            similar.data **= np.float32(self.sharpness)
        found: Matrix = (similar @ self.sets).tocsr()
        return found

    def arrays(self) -> Arrays:
        """Sets, weights, and the settings used to score."""
        scalars = {name: np.array([getattr(self, name)]) for name in SCALARS}
        return sparse_arrays(self.sets, "sets.") | {"weight": self.weight, "idf": self.idf} | scalars

    @classmethod
    def from_arrays(cls, items: IdMap, arrays: Mapping[str, NDArray[Any]]) -> Neighbourhood:
        """The inverse of `arrays`."""
        weight, idf = arrays["weight"], arrays["idf"]
        if idf.shape != (len(items),):
            raise ValueError(f"idf: must have one entry per item, {len(items)}")
        sets = sparse_from(arrays, "sets.", (len(weight), len(items)))
        k, recency, sharpness = (arrays[name][0].item() for name in SCALARS)
        return cls(items, sets, weight, idf, k, recency, sharpness)


@dataclass(frozen=True)
class Neighbours(SequenceAlgorithm):
    """``k`` neighbours; ``recency`` and ``fading`` as in the module's equation."""

    name: ClassVar[str] = "sequence-knn"
    fits: ClassVar[type[SequenceModel]] = Neighbourhood
    space: ClassVar[Mapping[str, Sequence[Any]]] = {
        "k": (50, 100, 200, 500),
        "recency": (2.0, 5.0, 20.0),
        "fading": (0.0, 0.1, 0.5),
        "sharpness": (1.0, 2.0),
    }

    k: int = 200
    recency: float = 5.0
    fading: float = 0.0
    sharpness: float = 1.0

    def fit(self, sequences: Sequences, *, seed: int = 0) -> Neighbourhood:  # noqa: ARG002 - deterministic
        """Keep the sets. Deterministic; ``seed`` is not used."""
        at_least("k", self.k, 1)
        above("recency", self.recency, 0)
        above("sharpness", self.sharpness, 0)
        at_least("fading", self.fading, 0)
        sets = sequences.weighted(np.ones(len(sequences.codes), dtype=np.float32))
        sets.data[:] = 1
        n = len(sequences)
        holders = np.bincount(sets.indices, minlength=len(sequences.items))
        idf = np.log1p(n / np.maximum(holders, 1)).astype(np.float32)
        weight = np.maximum(np.diff(sets.indptr), 1) ** -0.5
        if self.fading:
            weight *= np.exp(-np.arange(n)[::-1] / (self.fading * max(n, 1)))
        return Neighbourhood(
            sequences.items,
            sets,
            weight.astype(np.float32),
            idf,
            self.k,
            self.recency,
            self.sharpness,
            settings=self.settings(),
        )
