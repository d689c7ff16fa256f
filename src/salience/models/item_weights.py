"""The fitted type of all item-item models: a matrix of weights W, and score = h @ W for a history h.

``W[j, i]`` is what having j says about wanting i. Linear, so the contribution of each entry is exact: h_j W[j, i].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from salience.events.interactions import IdMap, Matrix
from salience.models.files import sparse_arrays, sparse_from
from salience.models.histories import read
from salience.models.model import Arrays, Floats, Model, People


@dataclass(frozen=True, eq=False)
class ItemWeights(Model):
    """``weights``: (items, items) float32, dense or CSR. ``binary``: whether a history is read as a set."""

    kind: ClassVar[str] = "item-weights"

    weights: Floats | Matrix
    binary: bool

    def score(self, histories: Matrix) -> Floats:
        """h @ W."""
        made = read(histories, binary=self.binary) @ self.weights
        dense: Floats = made if isinstance(made, np.ndarray) else made.toarray()
        return dense

    def contributions(self, history: Matrix, item: int) -> Floats:
        """h_j W[j, item] for each j of the history; they sum to the score."""
        column = self.weights[history.indices, item]
        dense = column if isinstance(column, np.ndarray) else column.toarray()
        return np.asarray(read(history, binary=self.binary).data * np.ravel(dense), dtype=np.float32)

    def arrays(self) -> Arrays:
        """The matrix, dense or as CSR, and the flag."""
        flag: Arrays = {"binary": np.array(self.binary)}
        if isinstance(self.weights, np.ndarray):
            return {"weights": self.weights, **flag}
        return {**sparse_arrays(self.weights, "weights."), **flag}

    @classmethod
    def from_arrays(cls, items: IdMap, arrays: Mapping[str, NDArray[Any]], *, people: People | None = None) -> Self:
        """Check the shapes, then wrap."""
        n = len(items)
        weights: Floats | Matrix
        if "weights" in arrays:
            weights = arrays["weights"].astype(np.float32, copy=False)
            if weights.shape != (n, n):
                raise ValueError(f"weights: shape {weights.shape}, not {(n, n)}")
        else:
            weights = sparse_from(arrays, "weights.", (n, n))
        return cls(items, weights, bool(arrays["binary"].item()), people=people)
