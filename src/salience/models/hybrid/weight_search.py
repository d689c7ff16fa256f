"""The weights of a blend by what they are for: NDCG@k of the held-out items (Jarvelin and Kekalainen 2002).

A likelihood asks how probable *every* held-out item was; the top of the list is a small part of that, and a model that
is well calibrated far down the list can win weight which it does not deserve at the top. So the search starts from the
best of several points (the likelihood's weights, all alike, each model alone) and moves one weight at a time, to 0 and
by the factors `STEPS`, or adds `SHARE` of all weights to it, for as long as NDCG gets better by more than `WORTH`. No
result is below the best model alone, on what was held out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from salience.models.hybrid.conditional_logit import Choices
from salience.models.model import Floats

STEPS = (0.0, 0.5, 0.7, 1.4, 2.0)
SHARE = 0.1
WORTH = 1e-4  # relative; smaller gains are the noise of the people that were drawn
ROUNDS = 5


def ndcg(batches: Sequence[Choices], w: Floats, k: int) -> float:
    """The mean over people of NDCG@k of what they chose, among what they could have (all items or the pool)."""
    gained, people = 0.0, 0
    for batch in batches:
        _, values = per_person(batch, np.tensordot(w, batch.others, 1), w @ batch.chosen, k)
        gained += float(values.sum())
        people += len(values)
    return gained / max(people, 1)


def per_person(batch: Choices, others: Floats, score: Floats, k: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(people of the batch who chose something, NDCG@k of each), given the scores of both; ties at the middle.

    ``others`` (people, |C|) is changed.
    """
    discount = 1 / np.log2(np.arange(2, k + 2))
    ideal = np.concatenate(([0.0], np.cumsum(discount)))
    others[batch.closed] = -np.inf
    width = min(k, others.shape[1])
    best = -np.partition(-others, width - 1, axis=1)[:, :width]
    order = np.lexsort((-score, batch.who))
    who, score = batch.who[order], score[order]
    chosen = np.bincount(who, minlength=len(others))
    before = np.arange(len(who)) - (np.cumsum(chosen) - chosen)[who]  # chosen items that stand higher
    above, level = (best[who] > score[:, None]).sum(axis=1), (best[who] == score[:, None]).sum(axis=1)
    edge = np.flatnonzero(score == best[who, width - 1])  # level with more than stand among the best
    level[edge] = (others[who[edge]] == score[edge, None]).sum(axis=1)
    rank = above + level // 2 + before
    gain = np.bincount(who, np.where(rank < k, discount[np.minimum(rank, k - 1)], 0), len(others))
    judged = np.flatnonzero(chosen)
    return judged, gain[judged] / ideal[np.minimum(chosen[judged], k)]


def searched(batches: Sequence[Choices], start: Floats, k: int) -> Floats:
    """Weights of sum 1, at least as good as ``start``, as all alike and as each model alone; deterministic."""
    parts = len(start)
    points = [_whole(start), np.full(parts, 1 / parts, np.float32), *np.eye(parts, dtype=np.float32)]
    values = [ndcg(batches, point, k) for point in points]
    w: Floats = points[int(np.argmax(values))]
    best = max(values)
    for _ in range(ROUNDS):
        found = best
        for part in range(parts):
            for fresh in (*(w[part] * step for step in STEPS), w[part] + SHARE):
                trial = w.copy()
                trial[part] = fresh
                if not trial.any() or fresh == w[part]:
                    continue
                value = ndcg(batches, _whole(trial), k)
                if value > best * (1 + WORTH):
                    w, best = _whole(trial), value
        if best == found:
            break
    return w


def _whole(w: Floats) -> Floats:
    total = float(w.sum())
    return np.divide(w, total, dtype=np.float32) if total > 0 else np.full(len(w), 1 / len(w), np.float32)
