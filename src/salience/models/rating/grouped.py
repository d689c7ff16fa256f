"""Rows of a table grouped by a code, and the normal equations of one regression per group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class Grouped:
    """``order`` sorts the rows by code; the group g is ``order[starts[g]:starts[g + 1]]``; ``counts`` are the sizes."""

    order: NDArray[np.int64]
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, codes: NDArray[Any], groups: int) -> Grouped:
        """Of codes in 0..groups - 1; a group may be empty."""
        starts = np.concatenate(([0], np.cumsum(np.bincount(codes, minlength=groups))))
        return cls(np.argsort(codes, kind="stable"), starts.astype(np.int64))

    @property
    def counts(self) -> NDArray[np.int64]:
        """Rows per group."""
        return np.diff(self.starts)

    def normal_equations(self, design: Reals, target: Reals) -> tuple[Reals, Reals]:
        """X'X (groups, k, k) and X'y (groups, k) of each group's rows of ``design`` (n, k) and ``target`` (n,)."""
        groups, k = len(self.starts) - 1, design.shape[1]
        X, y = design[self.order], target[self.order]
        A, b = np.zeros((groups, k, k)), np.zeros((groups, k))
        for group in np.flatnonzero(self.counts):
            rows = slice(self.starts[group], self.starts[group + 1])
            A[group] = X[rows].T @ X[rows]
            b[group] = X[rows].T @ y[rows]
        return A, b
