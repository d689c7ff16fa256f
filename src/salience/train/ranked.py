"""What a ranking protocol reads and how its lists are judged: tables of histories, the best items, the metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.evaluate import metrics
from salience.evaluate.evaluator import CELLS, found
from salience.events.fault import InvalidInput
from salience.events.ids import IdMap
from salience.events.interactions import Interactions, Matrix
from salience.models.model import Floats, Model
from salience.models.topk import best
from salience.train.linking import BesideFriends

Histories: TypeAlias = Mapping[str, Sequence[str]]


def table(users: IdMap, items: IdMap, *parts: Histories) -> Interactions:
    """The parts as one table over the given ids; all values 1, times unknown."""
    pairs = [(user, item) for part in parts for user, history in part.items() for item in history]
    user = np.array([users.codes[name] for name, _ in pairs], dtype=np.int32)
    item = np.array([items.codes[name] for _, name in pairs], dtype=np.int32)
    return Interactions(users, items, user, item, np.ones(len(pairs), np.float32), np.zeros(len(pairs), np.int64))


def recommended(
    model: Model | BesideFriends, popular: Model, histories: Matrix, k: int, near: Matrix | None = None
) -> tuple[NDArray[np.int64], Floats]:
    """The best ``k`` items not in each history, (users, k), in batches; empty histories get the popular list.

    ``near``: what is around each person, for a model that wants it; who has friends is not empty.
    """
    people, n = histories.shape
    codes, scores = np.empty((people, k), np.int64), np.empty((people, k), np.float32)
    cold = np.diff(histories.indptr) == 0
    if near is not None:
        cold &= np.diff(near.indptr) == 0
    step = max(1, CELLS // max(1, n))
    for start in range(0, people, step):
        rows = histories[start : start + step]
        if isinstance(model, BesideFriends):
            dense = model.score(rows, near[start : start + step] if near is not None else rows * 0)
        else:
            dense = model.score(rows)
        new = cold[start : start + step]
        if new.any():
            dense = dense.copy()
            dense[new] = popular.score(rows[np.flatnonzero(new)])
        codes[start : start + step], scores[start : start + step] = best(dense, k, leave_out=rows)
    return codes, scores


def judged(
    codes: NDArray[np.int64], everything: Interactions, users: IdMap, items: IdMap, test: Histories, k: int
) -> tuple[dict[str, NDArray[np.float64]], dict[str, float]]:
    """(metric -> one value per user with something to find, metrics of all lists together)."""
    every = IdMap.of((*items.names, *(item for history in test.values() for item in history)))
    n, wide = len(items), len(every)
    wanted = table(users, every, test).matrix
    seen = everything.matrix
    had: Matrix = sparse.csr_array((np.ones(seen.nnz, np.float32), seen.indices, seen.indptr), shape=wanted.shape)
    relevant: Matrix = (wanted - wanted.multiply(had)).tocsr()
    relevant.eliminate_zeros()
    who = np.flatnonzero(np.diff(relevant.indptr))
    if not len(who):
        raise InvalidInput("test", len(test), "holds nothing that its users did not have in train", "check the files")
    ranked = codes[who]
    hits = found(np.where(ranked == n, wide, ranked), relevant[who])
    counts = np.diff(relevant.indptr)[who].astype(np.int64)
    values = {name: metrics.METRICS[name](hits, counts) for name in ("recall", "ndcg", "hr", "mrr", "precision", "map")}
    values["f1"] = f1(values["precision"], values["recall"])
    people = np.bincount(seen.indices, minlength=n).astype(np.float64)
    precision, recall = (values[name].mean(keepdims=True) for name in ("precision", "recall"))
    totals = {
        f"f1-of-means@{k}": float(f1(precision, recall)[0]),
        f"coverage@{k}": metrics.coverage(ranked, n),
        f"novelty@{k}": metrics.novelty(ranked, people, int((np.diff(seen.indptr) > 0).sum())),
        f"gini@{k}": metrics.gini(ranked, n),
    }
    return values, totals


def f1(precision: NDArray[np.float64], recall: NDArray[np.float64]) -> NDArray[np.float64]:
    """The harmonic mean of each user's precision and recall, 0 where both are.

    >>> f1(np.array([0.5, 0.0]), np.array([1.0, 0.0])).round(3).tolist()
    [0.667, 0.0]
    """
    both = precision + recall
    return np.divide(2 * precision * recall, both, out=np.zeros_like(both), where=both > 0)
