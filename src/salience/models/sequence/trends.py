"""Trends: what everybody does lately, whatever this person did.

    score_i = sum over the sequences s that hold i of exp(-(newest - s) / (fading * sequences))

with the newest sequence last; ``fading`` 0 counts all alike (plain popularity). A sequence counts once for an item,
however often it holds it: one visitor who repeats an act makes no trend.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events.interactions import IdMap, Matrix
from salience.models.model import Arrays, Floats
from salience.models.sequence.model import SequenceAlgorithm, SequenceModel
from salience.models.sequence.sequences import Sequences
from salience.models.sequence.settle import at_least
from salience.models.sparse_rows import largest

KEPT = 300


@dataclass(frozen=True, eq=False)
class Trend(SequenceModel):
    """``count`` (items,): decayed sequences of each item."""

    kind: ClassVar[str] = "trend"

    count: NDArray[np.float32]

    def evidence(self, prefixes: Sequences) -> Matrix:
        """The `KEPT` items with the largest counts, the same in each row."""
        top = largest(sparse.csr_array(self.count[None, :]), KEPT)
        n = len(prefixes)
        parts = (np.tile(top.data, n), np.tile(top.indices, n), np.arange(n + 1) * top.nnz)
        return sparse.csr_array(parts, shape=(n, len(self.items)))

    def score(self, prefixes: Sequences) -> Floats:
        """All counts, the same in each row."""
        return np.tile(self.count, (len(prefixes), 1))

    def arrays(self) -> Arrays:
        """The counts."""
        return {"count": self.count}

    @classmethod
    def from_arrays(cls, items: IdMap, arrays: Mapping[str, NDArray[Any]]) -> Trend:
        """The inverse of `arrays`."""
        if arrays["count"].shape != (len(items),):
            raise ValueError(f"count: must have one entry per item, {len(items)}")
        return cls(items, arrays["count"])


@dataclass(frozen=True)
class Trends(SequenceAlgorithm):
    """``fading``: the share of the newest sequences after which a sequence counts 1/e; 0 = all count alike."""

    name: ClassVar[str] = "trends"
    fits: ClassVar[type[SequenceModel]] = Trend
    space: ClassVar[Mapping[str, Sequence[Any]]] = {"fading": (0.0, 0.02, 0.1, 0.5)}

    fading: float = 0.1

    def fit(self, sequences: Sequences, *, seed: int = 0) -> Trend:  # noqa: ARG002 - deterministic
        """Count. Deterministic; ``seed`` is not used."""
        at_least("fading", self.fading, 0)
        n = len(sequences)
        weight = np.ones(n) if not self.fading else np.exp(-np.arange(n)[::-1] / (self.fading * max(n, 1)))
        items = max(len(sequences.items), 1)
        row, code = np.divmod(np.unique(sequences.row.astype(np.int64) * items + sequences.codes), items)
        count = np.bincount(code, weights=weight[row], minlength=len(sequences.items))
        return Trend(sequences.items, count.astype(np.float32), settings=self.settings())
