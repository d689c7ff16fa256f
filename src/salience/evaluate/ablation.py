"""What a source of knowledge is worth: the same questions answered with it and without, compared one by one.

Worth is the mean of NDCG@k with everything less NDCG@k without the source, paired by question, with its interval.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from salience.evaluate import intervals, metrics
from salience.evaluate.intervals import Interval
from salience.events import RecommendRequest

Row = tuple[str, ...]


class Ablated(Struct, frozen=True):
    """A source switched off. ``asked``: questions answered with it and without; ``changed``: share of the rows
    that it had a part in; ``worth``: NDCG@k that it adds."""

    source: str
    asked: int
    changed: float
    without: float
    worth: Interval
    verdict: str


class Ablation(Struct, frozen=True):
    """``cut`` (ms); ``asked``: people and pages; ``rungs``: answers to people by each step of the ladder; ``whole``:
    NDCG@k with everything; ``not_learned``: source -> why there was nothing of it before the cut; ``complete``: whether
    the time was enough for every question."""

    cut: int
    k: int
    asked: dict[str, int]
    rungs: dict[str, int]
    whole: dict[str, Interval]
    people: tuple[Ablated, ...]
    pages: tuple[Ablated, ...]
    not_learned: dict[str, str]
    complete: bool = True


class Question(Struct, frozen=True):
    """A request, and the items that were chosen afterwards."""

    request: RecommendRequest
    wanted: frozenset[str]


def ndcg_of(questions: Sequence[Question], rows: Sequence[Row], k: int) -> metrics.PerUser:
    """(questions,) NDCG@k of each row."""
    hits = np.zeros((len(rows), k), bool)
    for at, (one, row) in enumerate(zip(questions, rows, strict=True)):
        hits[at, : len(row)] = [item in one.wanted for item in row]
    return metrics.ndcg(hits, np.array([len(one.wanted) for one in questions], np.int64))


def ablated(
    source: str,
    questions: Sequence[Question],
    whole: Sequence[Row],
    told: Sequence[Row],
    k: int,
    seed: int,
) -> Ablated:
    """The rows with everything (``whole``) against those without the source (``told``)."""
    ours, theirs = ndcg_of(questions, whole, k), ndcg_of(questions, told, k)
    worth = intervals.difference(ours, theirs, seed=seed)
    changed = float(np.mean([a != b for a, b in zip(whole, told, strict=True)]))
    verdict = "no difference to be seen" if not worth.excludes_zero else "helps" if worth.value > 0 else "harms"
    return Ablated(
        source, len(questions), changed, float(theirs.mean()), worth, verdict if changed else "had no part in any row"
    )
