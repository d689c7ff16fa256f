"""Judge sequence models: one target per prefix, ranked among all items; HR@k (= P@k of session papers), NDCG@k, MRR@k.

With a single relevant item the ideal list has it first, so per prefix, with r the rank of the target (1 = first),

    HR@k = [r <= k]        NDCG@k = [r <= k] / log2(1 + r)        MRR@k = [r <= k] / r

Ties are ranked at the middle: r = 1 + (items scored higher) + (other items scored the same) / 2.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from salience.evaluate.intervals import Interval, mean
from salience.evaluate.metrics import parse
from salience.events.fault import InvalidInput

Ranks = NDArray[np.float64]
CELLS = 16_000_000
"""Scores held at once: 64 MB, so that memory does not grow with the number of prefixes."""


def ranks(scores: NDArray[np.float32], targets: NDArray[np.integer[Any]]) -> Ranks:
    """The rank of each row's target, from 1; (rows, items) and (rows,) -> (rows,).

    >>> ranks(np.array([[0.1, 0.9, 0.5], [0.2, 0.2, 0.2]], dtype=np.float32), np.array([2, 0])).tolist()
    [2.0, 2.0]
    """
    if len(scores) != len(targets):
        raise InvalidInput("targets", len(targets), f"must be one per row of scores, of which there are {len(scores)}")
    own = scores[np.arange(len(scores)), targets][:, None]
    higher = np.count_nonzero(scores > own, axis=1)
    same = np.count_nonzero(scores == own, axis=1) - 1
    found: Ranks = 1 + higher + same / 2
    return found


def ranks_by(score: Callable[[int, int], NDArray[np.float32]], targets: NDArray[np.integer[Any]], items: int) -> Ranks:
    """`ranks` in batches: ``score(start, stop)`` gives the scores (stop - start, items) of those prefixes."""
    step = max(1, CELLS // max(items, 1))
    parts = [
        ranks(score(start, min(start + step, len(targets))), targets[start : start + step])
        for start in range(0, len(targets), step)
    ]
    return np.concatenate(parts) if parts else np.empty(0)


def gains(rank: Ranks, metric: str) -> Ranks:
    """One value per prefix, e.g. of "ndcg@10", "hr@10", "precision@20" (of session papers: the hit rate), "mrr@20".

    >>> rank = np.array([1.0, 3.0, 11.0])
    >>> [gains(rank, metric).round(3).tolist() for metric in ("hr@10", "ndcg@10", "mrr@10")]
    [[1.0, 1.0, 0.0], [1.0, 0.5, 0.0], [1.0, 0.333, 0.0]]
    """
    name, k = parse(metric)
    within = rank <= k
    match name:
        case "hr" | "recall" | "precision":
            return within.astype(np.float64)
        case "ndcg":
            return within / np.log2(1 + rank)
        case _:  # with one target, the average precision is the reciprocal rank
            return within / rank


def judge(rank: Ranks, metrics: tuple[str, ...], *, seed: int = 0) -> dict[str, Interval]:
    """The mean of each metric with its bootstrap interval over prefixes."""
    return {metric: mean(gains(rank, metric), seed=seed) for metric in metrics}
