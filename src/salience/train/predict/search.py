"""Trying candidates: each says what it thinks of rows that it has not seen, until the time is up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from salience.evaluate.chances import surprise
from salience.models.predictor.boosting import Boosted, Boosting
from salience.models.predictor.calibration import platt
from salience.models.predictor.columns import Floats, Rows
from salience.models.predictor.predictor import Codes, Learner, Predictor, softmax
from salience.train.bench_outcome import Meter, Progress
from salience.train.predict.candidates import STOPS
from salience.train.predict.folds import Fold
from salience.train.predict.stacking import Judged, fading

FADES = (3.0, 10.0)
"""In time order the best candidates are tried again, with a half-life of a third and of a tenth of the rows."""
AGAIN = 3
Spent = Callable[[], float]
"""Share of the time for the search that is gone; from 1 on nothing more is tried."""


@dataclass(frozen=True, eq=False)
class Tried:
    """A candidate. ``fade``: rows / half-life of its weights, 0 = all rows count alike. ``loss``: after Platt."""

    learner: Learner
    fade: float
    odds: Floats
    loss: float
    seconds: float
    peak_bytes: int

    @property
    def settings(self) -> dict[str, Any]:
        """Those of the learner, and the fading where there is one."""
        return {**self.learner.settings(), **({"fade": self.fade} if self.fade else {})}

    def fit(self, rows: Rows, y: Codes, classes: int, seed: int) -> Predictor:
        """On all rows, in time order if it fades."""
        return self.learner.fit(rows, y, classes, weight=weights(len(y), self.fade), seed=seed)


def weights(rows: int, fade: float) -> Floats | None:
    """What each row counts; None: all alike."""
    return fading(rows, rows / fade) if fade else None


@dataclass(frozen=True, eq=False)
class Question:
    """What is learned: rows, the class of each, how many classes, which rows judge, whether they are in time order."""

    rows: Rows
    y: Codes
    classes: int
    folds: tuple[Fold, ...]
    ordered: bool
    seed: int

    def judged(self, tried: Sequence[Tried]) -> Judged:
        """What the candidates said of the rows of all folds."""
        group = np.repeat(np.arange(len(self.folds)), [len(fold.judge) for fold in self.folds])
        return Judged(tuple(one.odds for one in tried), self.y[self.places], group, self.ordered)

    @property
    def places(self) -> Codes:
        """The rows that are judged, fold by fold."""
        return np.concatenate([fold.judge for fold in self.folds])


def search(
    question: Question, learners: Sequence[Learner], spent: Spent, meter: Meter, progress: Progress
) -> tuple[list[Tried], bool]:
    """(what was tried, whether everything was). At least one candidate is tried, however little time there is."""
    found: list[Tried] = []
    queue = [(learner, 0.0) for learner in learners]
    extra = AGAIN * len(FADES) if question.ordered else 0
    for n, (learner, fade) in enumerate(queue):
        if found and spent() >= 1:
            return found, False
        found.append(_try(question, learner, fade, meter))
        progress(f"try {learner.name}", n + 1, len(queue) + extra)
    if question.ordered:
        best = sorted(_best_of_each(found), key=lambda one: one.loss)[:AGAIN]
        for n, (one, fade) in enumerate([(one, fade) for fade in FADES for one in best]):
            if spent() >= 1:
                return found, False
            found.append(_try(question, one.learner, fade, meter))
            progress(f"try {one.learner.name}, fading", len(queue) + n + 1, len(queue) + extra)
    return found, True


def _best_of_each(found: Sequence[Tried]) -> list[Tried]:
    """The best settings of every kind of learner."""
    best: dict[str, Tried] = {}
    for one in found:
        if one.learner.name not in best or one.loss < best[one.learner.name].loss:
            best[one.learner.name] = one
    return list(best.values())


def _try(question: Question, learner: Learner, fade: float, meter: Meter) -> Tried:
    stops = [stop for stop in STOPS if stop <= learner.rounds] if isinstance(learner, Boosting) else []
    with meter() as cost, threadpool_limits(limits=1, user_api="blas"):
        said: list[list[Floats]] = []
        for fold in question.folds:
            weight = weights(len(fold.learn), fade)
            learn, judge = question.rows.take(fold.learn), question.rows.take(fold.judge)
            fitted = learner.fit(learn, question.y[fold.learn], question.classes, weight=weight, seed=question.seed)
            if stops and isinstance(fitted, Boosted):
                said.append(list(fitted.staged(judge, stops)))
            else:
                said.append([fitted.log_odds(judge)])
    y = question.y[question.places]
    joined = [np.vstack(parts) for parts in zip(*said, strict=True)]
    losses = [float(surprise(softmax(platt(odds, y).apply(odds)), y).mean()) for odds in joined]
    best = int(np.argmin(losses))
    if stops and isinstance(learner, Boosting):
        learner = replace(learner, rounds=stops[best])
    return Tried(learner, fade, joined[best], losses[best], cost.seconds, cost.peak_bytes)
