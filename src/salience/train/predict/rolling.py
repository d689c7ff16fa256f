"""Rolling windows in time order: learn from the rows so far, predict the next ``step`` rows, see what came, go on.

As a predictor in use is refitted. At each step every member is fitted again on the newest ``window`` rows, as it is and
with weights that fade; what each said about the steps before, against what came, teaches the weights of the blend and
its calibration (`salience.train.predict.stacking`, in time order). So nothing looks ahead, and the horizon that is
learned for is the one that is predicted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from salience.events.fault import InvalidInput
from salience.models.columns import Cells, Floats, Rows, encoder
from salience.models.predictor.bayes import NaiveBayes
from salience.models.predictor.boosting import Boosting
from salience.models.predictor.logistic import Logistic
from salience.models.predictor.predictor import Codes, Learner, softmax
from salience.train.bench_outcome import Bench
from salience.train.predict.search import weights
from salience.train.predict.stacking import Judged, learn

Member = tuple[Learner, float]
MEMBERS: tuple[Member, ...] = (
    (NaiveBayes(), 0.0),
    (NaiveBayes(), 20.0),
    (Logistic(0.01), 0.0),
    (Logistic(0.01), 8.0),
    (Logistic(0.03), 30.0),
    (Boosting(rounds=100, rate=0.06), 0.0),
    (Boosting(rounds=80, rate=0.06), 8.0),
    (Boosting(rounds=50, rate=0.06, leaves=6), 30.0),
)
"""A learner, and the rows of the window / the half-life of their weights (0: all alike)."""
WARM = 12  # steps before the first that is reported: they teach the blend
MEMORY = 8000  # rows of past predictions that the blend learns from
TYPED = 25  # times that the columns are typed anew on the way


@dataclass(frozen=True)
class Walk:
    """``first``: rows before the first prediction that counts; ``step``: rows predicted at a time; ``window``: rows
    learned from, the newest."""

    first: int
    step: int
    window: int

    @classmethod
    def of(cls, rows: int, *, step: int, first: int | None = None, window: int | None = None) -> Walk:
        """Half of the rows before, if ``first`` is not said; all rows, if ``window`` is not."""
        begin = first if first is not None else rows // 2
        if not 50 <= begin < rows:
            raise InvalidInput("first", begin, f"must be between 50 and the {rows:,} rows", "leave rows to predict")
        return cls(begin, step, window or rows)


def rolling(
    columns: Cells, y: Codes, classes: int, walk: Walk, bench: Bench, members: Sequence[Member] = MEMBERS
) -> tuple[Codes, Floats]:
    """(the rows that were predicted, from ``walk.first`` on; the probabilities of their classes)."""
    starts = list(range(walk.first, len(y), walk.step))
    warm = [start for start in range(walk.first - WARM * walk.step, walk.first, walk.step) if start >= walk.first // 2]
    past: list[list[Floats]] = []
    told = []
    rows: Rows | None = None
    for n, start in enumerate([*warm, *starts]):
        if rows is None or n % max(1, (len(starts) + len(warm)) // TYPED) == 0:
            known = encoder({name: cells[:start] for name, cells in columns.items()}, rare=True)
            rows = known.rows(columns, len(y))
        end = min(start + walk.step, len(y)) if start >= walk.first else start + walk.step
        odds = _said(
            rows, y, classes, np.arange(max(0, start - walk.window), start), np.arange(start, end), members, bench
        )
        if start >= walk.first:
            told.append(softmax(_blended(past, y[:start], odds, bench.seed)))
        past.append(odds)
        bench.progress("rolling", n + 1, len(starts) + len(warm))
    return np.arange(walk.first, len(y)), np.vstack(told)


def _said(
    rows: Rows, y: Codes, classes: int, old: Codes, new: Codes, members: Sequence[Member], bench: Bench
) -> list[Floats]:
    learn_from, ask = rows.take(old), rows.take(new)
    with threadpool_limits(limits=1, user_api="blas"):
        return [
            learner.fit(learn_from, y[old], classes, weight=weights(len(old), fade), seed=bench.seed).log_odds(ask)
            for learner, fade in members
        ]


def _blended(past: Sequence[Sequence[Floats]], before: Codes, odds: Sequence[Floats], seed: int) -> Floats:
    """What the members say now, joined as their past predictions teach; their mean while there are none."""
    if not past:
        return np.asarray(np.mean(odds, axis=0))
    group = np.repeat(np.arange(len(past)), [len(step[0]) for step in past])
    judged = Judged(
        tuple(np.vstack(said) for said in zip(*past, strict=True)), before[-len(group) :], group, ordered=True
    )
    newest = np.arange(len(group)) >= len(group) - MEMORY
    if len(np.unique(judged.y[newest])) < 2:
        return np.asarray(np.mean(odds, axis=0))
    return learn(judged.rows(newest), seed).apply(odds)
