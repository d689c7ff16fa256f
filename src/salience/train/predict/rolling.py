"""Rolling windows in time order: learn from the rows so far, predict the next ``step`` rows, see what came, go on.

As a predictor in use is refitted. At each step every member is fitted again on the newest ``window`` rows, as it is and
with weights that fade; what each said about the steps before, against what came, teaches the blend
(`salience.train.predict.stacking`, in time order). So nothing looks ahead, and the horizon that is learned for is the
one that is predicted. Of two classes, chances are kept true by the outcomes (`salience.train.predict.equilibrium`) as
soon as they are known: ``lag`` rows later, or at the end of the step. A shop knows how a call or a visit ended long
before it learns anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from salience.events.fault import InvalidInput
from salience.models.predictor.boosting import Boosting
from salience.models.predictor.columns import Cells, Floats, encoder
from salience.models.predictor.logistic import Logistic
from salience.models.predictor.predictor import Codes, Learner, softmax
from salience.train.bench_outcome import Bench
from salience.train.predict.equilibrium import Leader
from salience.train.predict.search import weights
from salience.train.predict.stacking import Judged, Recipe, learn

Member = tuple[Learner, float]
MEMBERS: tuple[Member, ...] = (
    (Logistic(0.02), 0.0),
    (Logistic(0.02), 8.0),
    (Logistic(0.02), 20.0),
    (Logistic(0.02), 60.0),
    (Boosting(rounds=60, rate=0.07, leaves=10, columns=1.0, sample=1.0), 0.0),
    (Boosting(rounds=80, rate=0.06), 8.0),
    (Boosting(rounds=80, rate=0.06), 20.0),
    (Boosting(rounds=40, rate=0.06, leaves=4), 60.0),
)
"""A learner, and the rows of the window / the half-life of their weights (0: all alike). The last of each kind follows
a new regime within a few hundred rows; in the mean with the slow ones that costs little where nothing moves."""
WARM = 6  # steps before the first that is reported: they teach the blend
MEMORY = 5000  # rows of past predictions that the blend learns from
LEARNED = 40  # times that the blend is learned anew on the way


@dataclass(frozen=True)
class Walk:
    """``first``: rows before the first prediction that counts; ``step``: rows predicted by one fit; ``window``: rows
    learned from, the newest; ``lag``: rows until an outcome is known, at most the step."""

    first: int
    step: int
    window: int
    lag: int

    @classmethod
    def of(
        cls, rows: int, *, step: int, first: int | None = None, window: int | None = None, lag: int | None = None
    ) -> Walk:
        """Half of the rows before, if ``first`` is not said; all rows, if ``window`` is not; a whole step, if ``lag``
        is not."""
        begin = first if first is not None else rows // 2
        if not 50 <= begin < rows:
            raise InvalidInput("first", begin, f"must be between 50 and the {rows:,} rows", "leave rows to predict")
        if lag is not None and not 1 <= lag <= step:
            raise InvalidInput("lag", lag, f"must be between 1 and the {step:,} rows of a step", "leave it out")
        return cls(begin, step, window or rows, lag or step)


def rolling(
    columns: Cells, y: Codes, classes: int, walk: Walk, bench: Bench, members: Sequence[Member] = MEMBERS
) -> tuple[Codes, Floats]:
    """(the rows that were predicted, from ``walk.first`` on; the probabilities of their classes)."""
    warm = range(walk.first - WARM * walk.step, walk.first, walk.step)
    starts = [*(start for start in warm if start >= walk.first // 2), *range(walk.first, len(y), walk.step)]
    past: list[list[Floats]] = []
    told: list[Floats] = []
    recipe: Recipe | None = None
    kept = Leader.begun(eager=walk.lag < walk.step) if classes == 2 else None
    for n, start in enumerate(starts):
        begin, end = max(0, start - walk.window), min(start + walk.step, len(y))
        near = {name: cells[begin:end] for name, cells in columns.items()}
        odds = _said(near, y[begin:start], classes, members, bench)
        if past and n % max(1, len(starts) // LEARNED) == 0:
            recipe = _recipe(past, y[:start], bench.seed)
        joined = recipe.apply(odds) if recipe else np.asarray(np.mean(odds, axis=0))
        if kept:
            joined, kept = _kept_true(joined, y[start:end], kept, walk.lag)
        if start >= walk.first:
            told.append(softmax(joined))
        past.append(odds)
        bench.progress("rolling", n + 1, len(starts))
    return np.arange(walk.first, len(y)), np.vstack(told)


def _kept_true(odds: Floats, y: Codes, kept: Leader, lag: int) -> tuple[Floats, Leader]:
    """(log odds as they are told, what is known after the step): ``lag`` rows at a time, each before its outcome."""
    told = []
    for begin in range(0, len(y), lag):
        some = slice(begin, begin + lag)
        told.append(kept.told(odds[some]))
        kept = kept.learned(odds[some], y[some])
    return np.vstack(told), kept


def _said(columns: Cells, y: Codes, classes: int, members: Sequence[Member], bench: Bench) -> list[Floats]:
    """What each member says of the rows behind those whose outcome is known."""
    known = encoder({name: cells[: len(y)] for name, cells in columns.items()}, rare=True)
    size = len(next(iter(columns.values())))
    rows = known.rows(columns, size)
    old, new = rows.take(np.arange(len(y))), rows.take(np.arange(len(y), size))
    with threadpool_limits(limits=1, user_api="blas"):
        return [
            learner.fit(old, y, classes, weight=weights(len(y), fade), seed=bench.seed).log_odds(new)
            for learner, fade in members
        ]


def _recipe(past: Sequence[Sequence[Floats]], before: Codes, seed: int) -> Recipe | None:
    """What the newest of the past predictions teach; None if they hold one class only."""
    group = np.repeat(np.arange(len(past)), [len(step[0]) for step in past])
    newest = np.arange(len(group)) >= len(group) - MEMORY
    odds = tuple(np.vstack(said)[newest] for said in zip(*past, strict=True))
    judged = Judged(odds, before[-len(group) :][newest], group[newest], ordered=True)
    return learn(judged, seed) if len(np.unique(judged.y)) > 1 else None
