"""Which rows are learned from and which are judged.

Rows without an order are dealt into folds that hold every class alike. Rows in the order of time are judged forward:
blocks at the end, each by what was learned from all rows before it, because that is how a model meets its future.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]
PARTS = 5
BLOCKS = 6
JUDGED = 0.5
"""Share of the rows, at most, that forward blocks cover: the rest is learned from alone."""


@dataclass(frozen=True, eq=False)
class Fold:
    """Rows to learn from, and rows to judge."""

    learn: Places
    judge: Places


def dealt(y: Places, seed: int, parts: int = PARTS) -> tuple[Fold, ...]:
    """Random folds, each class spread evenly.

    >>> [fold.judge.tolist() for fold in dealt(np.array([0, 0, 1, 1]), 0, 2)]
    [[0, 2], [1, 3]]
    """
    rng = np.random.default_rng(seed)
    fold, dealt_out = np.empty(len(y), np.int64), 0
    for value in np.unique(y):
        rows = rng.permutation(np.flatnonzero(y == value))
        fold[rows] = (dealt_out + np.arange(len(rows))) % parts  # so that small classes do not all start at fold 0
        dealt_out += len(rows)
    return tuple(Fold(np.flatnonzero(fold != part), np.flatnonzero(fold == part)) for part in range(parts))


def forward(rows: int, horizon: int, blocks: int = BLOCKS) -> tuple[Fold, ...]:
    """Blocks of ``horizon`` rows (kept between a 25th and a 6th of all) at the end, oldest first.

    >>> [(len(fold.learn), fold.judge.tolist()) for fold in forward(12, 2, 2)]
    [(8, [8, 9]), (10, [10, 11])]
    """
    size = max(1, rows // 25, min(horizon, rows // 6))
    count = max(1, min(blocks, int(JUDGED * rows / size)))
    starts = [rows - size * left for left in range(count, 0, -1)]
    return tuple(Fold(np.arange(start), np.arange(start, start + size)) for start in starts)
