"""Do the rows of a table follow each other in time, so that what is learned must hold for later rows?

Nobody says so in a file. Three things together do: the rows to be scored can be told from the rows that were learned
from (so something moves), they resemble the end of those more than the beginning (so it moves along the rows), and the
rows are not simply sorted by the outcome. Telling apart is judged by the AUC of a small model, out of fold.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from salience.evaluate.chances import auc_interval
from salience.models.predictor.boosting import Boosting
from salience.models.predictor.columns import Rows, joined
from salience.models.predictor.predictor import Codes, Learner
from salience.train.predict.folds import dealt

SURE = 0.55
"""AUC from which two sets of rows count as different; half a table against the other half has .5."""
MOST = 4000  # rows of each side
LEAST = 100
SMALL = Boosting(rounds=40, leaves=6)


class Order(Struct, frozen=True):
    """``apart``: AUC of telling the new rows from the learned ones, with its interval. ``why``: in words."""

    ordered: bool
    apart: float
    low: float
    high: float
    why: str


def order(old: Rows, y: Codes, new: Rows, seed: int, learner: Learner = SMALL) -> Order:
    """Compare the rows to be scored with those learned from, and with their first and last third."""
    if min(len(old), len(new)) < LEAST:
        return Order(ordered=False, apart=0.5, low=0.0, high=1.0, why="too few rows to see whether they are in order")
    apart, low, high, _ = _told(old, new, seed, learner)
    if low < SURE:
        return Order(
            ordered=False,
            apart=apart,
            low=low,
            high=high,
            why="the new rows are like the others, so they are taken to have no order",
        )
    third = len(old) // 3
    near = [_told(old.take(some), new, seed, learner)[0]
            for some in (np.arange(third), np.arange(len(old) - third, len(old)))]  # fmt: skip
    runs = int((y[1:] != y[:-1]).sum()) + 1
    if runs <= 2 * len(np.unique(y)):
        return Order(
            ordered=False,
            apart=apart,
            low=low,
            high=high,
            why="the new rows differ, but the others are sorted by the outcome",
        )
    if near[1] < near[0] - 0.01 and near[1] < apart + 0.05:
        return Order(
            ordered=True,
            apart=apart,
            low=low,
            high=high,
            why="the new rows are more like the last of the others than like the first",
        )
    return Order(
        ordered=False,
        apart=apart,
        low=low,
        high=high,
        why="the new rows differ from the others, but not along the order of the file",
    )


def _told(old: Rows, new: Rows, seed: int, learner: Learner) -> tuple[float, float, float, NDArray[np.float64]]:
    rng = np.random.default_rng(seed)
    some = np.sort(rng.permutation(len(old))[:MOST])
    others = np.sort(rng.permutation(len(new))[:MOST])
    both = joined([old.take(some), new.take(others)])
    side = np.repeat([0, 1], [len(some), len(others)]).astype(np.int64)
    score = np.zeros(len(side))
    for fold in dealt(side, seed, 2):
        model = learner.fit(both.take(fold.learn), side[fold.learn], 2, seed=seed)
        odds = model.log_odds(both.take(fold.judge))
        score[fold.judge] = odds[:, 1] - odds[:, 0]
    found = auc_interval(score, side == 1)
    return found.value, found.low, found.high, score
