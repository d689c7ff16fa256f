"""Judge a fitted model on a split: rank *all* items for every user, leave out what the user had, compare with the test.

- Users without a test item are not counted (there is nothing to find).
- A test item that the user had in training already is not asked for: it could never be recommended.
- Cold users (no training history) get the list of ``fallback``, as a live engine would serve; their share and their
  values are kept apart.
- Ties are broken by the fixed pseudo-random order of `models.topk`: in expectation the same as ties at the middle.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.evaluate import metrics
from salience.evaluate.split import Split
from salience.events.fault import InvalidInput
from salience.events.interactions import Matrix
from salience.models.model import Model
from salience.models.popularity import Popularity
from salience.models.topk import best

CELLS = 8_000_000  # of one dense batch of scores: 32 MB


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What one model got on one split. Arrays run over the judged users.

    ``users``: codes (m,); ``ranked``: item codes (m, k), padded with the number of items; ``values``: metric -> (m,);
    ``cold``: whether a user had no training history (m,). ``coverage``, ``gini``, ``novelty``: over all the lists.
    """

    k: int
    users: NDArray[np.int64]
    ranked: NDArray[np.int64]
    values: dict[str, NDArray[np.float64]]
    cold: NDArray[np.bool_]
    coverage: float
    gini: float
    novelty: float

    def mean(self, metric: str) -> float:
        """Over all judged users."""
        return float(self.values[metric].mean())


@dataclass(frozen=True, eq=False)
class Judged:
    """Who is judged by what on a split: worked out once, used for every model."""

    users: NDArray[np.int64]
    histories: Matrix
    relevant: Matrix
    cold: NDArray[np.bool_]

    @classmethod
    def of(cls, split: Split) -> Judged:
        """Users with a held-out item that they did not have before."""
        seen, held = (split.known or split.train).matrix, split.test.matrix
        wanted = _without(held, seen)
        users = np.flatnonzero(np.diff(wanted.indptr))
        if not len(users):
            raise InvalidInput("split", split.rule, "leaves nobody with a new item to find", "hold out a larger part")
        histories = seen[users]
        return cls(users, histories, wanted[users], np.diff(histories.indptr) == 0)


def evaluate(
    model: Model,
    split: Split,
    k: int = 10,
    *,
    names: Iterable[str] = tuple(metrics.METRICS),
    fallback: Model | None = None,
    judged: Judged | None = None,
) -> Evaluation:
    """Every metric of ``names`` at ``k``. ``fallback`` answers cold users; by default plain popularity."""
    who = judged or Judged.of(split)
    n = len(split.train.items)
    if len(model.items) != n:
        raise InvalidInput("model", len(model.items), f"must be fitted on the {n:,} items of the split")
    if fallback is None:
        fallback = Popularity().fit(split.train)
    ranked = np.empty((len(who.users), k), dtype=np.int64)
    for rows, scorer in ((~who.cold, model), (who.cold, fallback)):
        ranked[rows] = rank(scorer, who.histories[np.flatnonzero(rows)], k)
    hits = found(ranked, who.relevant)
    counts = np.diff(who.relevant.indptr).astype(np.int64)
    people = np.bincount(split.train.matrix.indices, minlength=n).astype(np.float64)
    return Evaluation(
        k=k,
        users=who.users,
        ranked=ranked,
        values={name: metrics.METRICS[name](hits, counts) for name in names},
        cold=who.cold,
        coverage=metrics.coverage(ranked, n),
        gini=metrics.gini(ranked, n),
        novelty=metrics.novelty(ranked, people, int((np.diff(split.train.matrix.indptr) > 0).sum())),
    )


def rank(model: Model, histories: Matrix, k: int) -> NDArray[np.int64]:
    """The best ``k`` items of each history that are not in it, (histories, k), in batches."""
    total, n = histories.shape
    ranked = np.empty((total, k), dtype=np.int64)
    step = max(1, CELLS // max(1, n))
    for start in range(0, total, step):
        rows = histories[start : start + step]
        ranked[start : start + step], _ = best(model.score(rows), k, leave_out=rows)
    return ranked


def found(ranked: NDArray[np.int64], relevant: Matrix) -> NDArray[np.bool_]:
    """Whether each ranked item is stored in its row of ``relevant``; padding never is. Shape of ``ranked``."""
    rows, n = relevant.shape
    owner = np.repeat(np.arange(rows, dtype=np.int64), np.diff(relevant.indptr))
    wanted = owner * (n + 1) + relevant.indices
    asked = np.arange(rows, dtype=np.int64)[:, None] * (n + 1) + ranked
    return np.isin(asked, wanted)


def _without(matrix: Matrix, other: Matrix) -> Matrix:
    """The entries of ``matrix`` that are not stored in ``other``, whatever their values."""
    n = matrix.shape[1]
    keys = [
        np.repeat(np.arange(m.shape[0], dtype=np.int64), np.diff(m.indptr)) * n + m.indices for m in (matrix, other)
    ]
    keep = ~np.isin(keys[0], keys[1])
    owner = keys[0][keep] // max(n, 1)
    indptr = np.concatenate(([0], np.cumsum(np.bincount(owner, minlength=matrix.shape[0])))).astype(np.int32)
    return sparse.csr_array((matrix.data[keep], matrix.indices[keep], indptr), shape=matrix.shape)
