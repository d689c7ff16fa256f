"""Target statistics: a level told by how often its rows had each class, for variables with more levels than columns.

    s_c(level) = ln( ((n_c + m p_c) / (n + m)) / p_c ),   p_c: share of class c among all rows

(Micci-Barreca 2001). A training row must not be told by its own outcome, so training rows get the statistics of the
other folds; new rows get those of all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from salience.models.model import Arrays
from salience.models.predictor.columns import Floats, Rows
from salience.models.predictor.predictor import Codes, shares

FOLDS = 5
PULL = 20.0  # m: rows that the share of all counts for


@dataclass(frozen=True, eq=False)
class Statistics:
    """``variables`` (v,) places among ``codes``; their ``table`` (levels, told classes) from ``starts[v]`` on."""

    variables: NDArray[np.int64]
    starts: NDArray[np.int64]
    table: Floats

    def encode(self, rows: Rows) -> Floats:
        """(rows, variables x told classes)."""
        found = [
            self.table[self.starts[n] + np.clip(rows.codes[:, v].astype(np.int64), 0, size - 1)]
            for n, (v, size) in enumerate(zip(self.variables, np.diff(self.starts), strict=True))
        ]
        return np.hstack(found) if found else np.zeros((len(rows), 0))

    def arrays(self) -> Arrays:
        """Three arrays."""
        return {"ts.variables": self.variables, "ts.starts": self.starts, "ts.table": self.table}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Statistics:
        """The inverse; ValueError where the starts lead outside."""
        made = cls(arrays["ts.variables"], arrays["ts.starts"], arrays["ts.table"])
        starts = made.starts
        if len(starts) != len(made.variables) + 1 or starts[-1] != len(made.table) or (np.diff(starts) < 1).any():
            raise ValueError("ts.starts: must rise from 0 to the rows of the table")
        return made


def learned(
    rows: Rows, y: Codes, classes: int, *, least: int, weight: Floats | None, seed: int
) -> tuple[Statistics, Floats]:
    """Of variables with ``least`` levels or more: what new rows will be told by, and what the training rows are."""
    chosen = [v for v, levels in enumerate(rows.levels) if levels >= least]
    sizes = [rows.levels[v] for v in chosen]
    w = np.ones(len(y)) if weight is None else weight
    fold = np.random.default_rng(seed).permutation(len(y)) % FOLDS

    def table(kept: NDArray[np.bool_]) -> Statistics:
        told = [_table(rows.codes[kept, v].astype(np.int64), y[kept], w[kept], size, classes)
                for v, size in zip(chosen, sizes, strict=True)]  # fmt: skip
        width = 1 if classes == 2 else classes
        return Statistics(
            np.array(chosen, np.int64),
            np.cumsum([0, *sizes]).astype(np.int64),
            np.vstack(told) if told else np.zeros((0, width)),
        )

    whole = table(np.ones(len(y), bool))
    own = np.zeros((len(y), whole.table.shape[1] * len(chosen)))
    for part in range(FOLDS if chosen else 0):
        own[fold == part] = table(fold != part).encode(rows.take(np.flatnonzero(fold == part)))
    return whole, own


def _table(level: Codes, y: Codes, w: Floats, size: int, classes: int) -> Floats:
    prior = shares(y, classes, w)
    counts = np.bincount(level * classes + y, weights=w, minlength=size * classes).reshape(size, classes)
    share = (counts + PULL * prior) / (counts.sum(axis=1, keepdims=True) + PULL)
    told = np.log(np.maximum(share, 1e-9) / prior)
    return np.asarray(told[:, 1:] if classes == 2 else told)
