"""Cuts inside the training part, for whatever a hybrid learns about its parts: random, so that they can be repeated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from salience.events.fault import InvalidInput
from salience.events.interactions import Interactions, Matrix

MOST = 5_000  # people a cut is judged by: a few weights are known well enough by then


@dataclass(frozen=True, eq=False)
class Part:
    """``train`` to fit on; and of the ``people`` who have both, the ``histories`` left and what is ``wanted``."""

    train: Interactions
    people: NDArray[np.int64]
    histories: Matrix
    wanted: Matrix


def cuts(data: Interactions, folds: int, fraction: float, seed: int) -> list[Part]:
    """``folds`` independent cuts, each holding out about the ``fraction`` of the distinct items of every history.

    At least one item is held out of a history of two or more; a history of one stays whole.
    """
    if not 0 < fraction < 1:
        raise InvalidInput("fraction", fraction, "must be between 0 and 1, both excluded")
    return [_cut(data, fraction, np.random.default_rng((seed, fold))) for fold in range(folds)]


def _cut(data: Interactions, fraction: float, rng: np.random.Generator) -> Part:
    X = data.matrix
    counts = np.diff(X.indptr)
    owner = np.repeat(np.arange(X.shape[0]), counts)
    order = np.lexsort((rng.random(X.nnz), owner))
    place = np.empty(X.nnz, dtype=np.int64)
    place[order] = np.arange(X.nnz) - np.repeat(np.cumsum(counts) - counts, counts)
    hold = np.minimum(np.maximum(np.rint(counts * fraction), 1), counts - 1)
    pairs = owner * np.int64(X.shape[1]) + X.indices
    held = pairs[place < hold[owner]]
    gone = np.isin(data.user * np.int64(X.shape[1]) + data.item, held)
    train, test = data.rows(~gone), data.rows(gone)
    people = np.flatnonzero(np.diff(test.matrix.indptr))
    if len(people) > MOST:
        people = np.sort(rng.permutation(people)[:MOST])
    return Part(train, people, train.matrix[people], test.matrix[people])
