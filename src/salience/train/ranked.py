"""What a ranking protocol reads and how its lists are judged: tables of histories, the best items, the metrics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.evaluate import lists, metrics
from salience.evaluate.evaluator import CELLS, found
from salience.events.fault import InvalidInput
from salience.events.ids import IdMap
from salience.events.interactions import Interactions, Matrix
from salience.models.model import Floats, Model
from salience.models.threads import share, side_by_side
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

    def work(starts: Iterator[int]) -> None:
        for start in starts:
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

    with side_by_side(alone=people <= step) as threads:
        share(work, range(0, people, step), threads)
    return codes, scores


@dataclass(frozen=True, eq=False)
class Asked:
    """Who has something to find: ``who`` (people,), codes of users; what it is, ``relevant`` (people, items known or
    not); and ``items``, how many are known."""

    who: NDArray[np.int64]
    relevant: Matrix
    items: int

    @classmethod
    def of(cls, everything: Interactions, users: IdMap, items: IdMap, test: Histories) -> Asked:
        """What a user had is not asked for; what occurs in the test part alone is, and cannot be found."""
        every = IdMap.of((*items.names, *(item for history in test.values() for item in history)))
        wanted = table(users, every, test).matrix
        seen = everything.matrix
        had: Matrix = sparse.csr_array((np.ones(seen.nnz, np.float32), seen.indices, seen.indptr), shape=wanted.shape)
        relevant: Matrix = (wanted - wanted.multiply(had)).tocsr()
        relevant.eliminate_zeros()
        who = np.flatnonzero(np.diff(relevant.indptr))
        if not len(who):
            rule = "holds nothing that its users did not have in train"
            raise InvalidInput("test", len(test), rule, "check the files")
        return cls(who, relevant[who], len(items))

    def some(self, most: int, seed: int) -> tuple[NDArray[np.int64], Asked]:
        """(which of them, those): ``most`` of the people, or all."""
        places = np.sort(np.random.default_rng(seed).permutation(len(self.who))[:most])
        return places, Asked(self.who[places], self.relevant[places], self.items)


def judged(codes: NDArray[np.int64], asked: Asked) -> dict[str, NDArray[np.float64]]:
    """Metric -> one value per person asked; ``codes`` (users, k), padded with the number of items."""
    ranked = codes[asked.who]
    hits = found(np.where(ranked == asked.items, asked.relevant.shape[1], ranked), asked.relevant)
    counts = np.diff(asked.relevant.indptr).astype(np.int64)
    values = {name: metrics.METRICS[name](hits, counts) for name in ("recall", "ndcg", "hr", "mrr", "precision", "map")}
    values["f1"] = f1(values["precision"], values["recall"])
    return values


def together(
    codes: NDArray[np.int64], asked: Asked, values: Mapping[str, NDArray[np.float64]], seen: Matrix, k: int
) -> dict[str, float]:
    """Metrics of all lists together."""
    ranked, n = codes[asked.who], asked.items
    people = np.bincount(seen.indices, minlength=n).astype(np.float64)
    precision, recall = (values[name].mean(keepdims=True) for name in ("precision", "recall"))
    return {
        f"f1-of-means@{k}": float(f1(precision, recall)[0]),
        f"coverage@{k}": metrics.coverage(ranked, n),
        f"novelty@{k}": metrics.novelty(ranked, people, int((np.diff(seen.indptr) > 0).sum())),
        f"gini@{k}": metrics.gini(ranked, n),
        f"popularity@{k}": float(lists.average_popularity(ranked, people).mean()),
        f"long-tail@{k}": float(lists.long_tail_share(ranked, people).mean()),
    }


def f1(precision: NDArray[np.float64], recall: NDArray[np.float64]) -> NDArray[np.float64]:
    """The harmonic mean of each user's precision and recall, 0 where both are.

    >>> f1(np.array([0.5, 0.0]), np.array([1.0, 0.0])).round(3).tolist()
    [0.667, 0.0]
    """
    both = precision + recall
    return np.divide(2 * precision * recall, both, out=np.zeros_like(both), where=both > 0)
