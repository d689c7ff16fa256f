"""From a table with known outcomes to a predictor, or to the verdict that the table says nothing about them.

Every figure here comes from rows that were not learned from; those of the blend also from rows that its members,
weights and calibration were not chosen on. ``usable`` only if the log loss that is saved against always saying the
shares of the classes has a 95 % interval above 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from salience.evaluate.chances import auc_interval, gain
from salience.evaluate.intervals import Interval, mean
from salience.events.fault import InvalidInput
from salience.models.predictor.blend import Blend
from salience.models.predictor.columns import Cells, Encoder, Floats, Rows, encoder
from salience.models.predictor.predictor import Codes, Learner, softmax
from salience.models.predictor.scorer import BACKGROUND, Scorer
from salience.train.bench_outcome import Bench, Trial
from salience.train.predict.candidates import candidates
from salience.train.predict.folds import Fold, dealt, forward
from salience.train.predict.importance import Importance, importances
from salience.train.predict.search import Question, Tried, search
from salience.train.predict.stacking import Recipe, honest, learn

USABLE, NOTHING = "usable", "no usable signal"
BLEND = "blend"
LEAST = 20
"""Rows, and rows of the second class, under which nothing is learned: 10 folds of nothing are nothing."""
SEARCHING = 0.7  # share of the time that the search may take; fitting again takes the rest


@dataclass(frozen=True, eq=False)
class Learned:
    """``scorer`` predicts whatever the verdict. ``gain``: log loss saved, a row. ``auc`` None for several classes."""

    scorer: Scorer
    verdict: str
    gain: Interval
    auc: Interval | None
    accuracy: Interval
    leaderboard: tuple[Trial, ...]
    chosen: str
    members: tuple[tuple[str, float], ...]
    calibration: str
    importances: tuple[Importance, ...]
    judged_on: str
    complete: bool
    warnings: tuple[str, ...]


def learn_table(
    columns: Cells,
    labels: Sequence[str],
    classes: tuple[str, ...],
    bench: Bench,
    *,
    horizon: int | None = None,
    folds: Sequence[Fold] | None = None,
    typed: Encoder | None = None,
    learners: Sequence[Learner] | None = None,
    explain: bool = True,
) -> Learned:
    """``labels``: the class of each row, one of ``classes``. ``horizon``: the rows are in time order, and as many later
    ones are to be predicted; None: they have no order. ``folds``: whom to judge by what, in time order, if that is
    known better. ``typed``: the columns, if they are typed already. ``explain`` False: without importances."""
    y = coded(labels, classes)
    known = typed or encoder(columns, rare=True)
    rows = known.rows(columns, len(y))
    ordered = horizon is not None or folds is not None
    parts = tuple(folds) if folds else dealt(y, bench.seed) if horizon is None else forward(len(y), horizon)
    question = Question(rows, y, len(classes), parts, ordered, bench.seed)
    began = bench.clock()

    def spent() -> float:
        return (bench.clock() - began) / max(bench.minutes * 60 * SEARCHING, 1e-9)

    tried, complete = search(question, learners or candidates(), spent, bench.meter, bench.progress)
    judged = question.judged(tried)
    bench.progress("blend", 0, 1)
    seen, odds = honest(judged, bench.seed)
    recipe = learn(judged, bench.seed)
    prior = _shares(y, question)
    saved = gain(softmax(odds), judged.y[seen], prior, seed=bench.seed)
    blend = fitted(question, tried, recipe, np.arange(len(y)), bench)
    last = parts[-1]
    weighty: tuple[Importance, ...] = ()
    if explain:
        partly = fitted(question, tried, recipe, last.learn, bench)
        weighty = importances(partly, known, rows.take(last.judge), y[last.judge], bench.seed)
    background = nobody(known, rows, bench.seed)
    board = _leaderboard(question, tried, seen, odds, bench)
    return Learned(
        scorer=Scorer(known, classes, blend, background),
        verdict=USABLE if saved.low > 0 else NOTHING,
        gain=saved,
        auc=auc_interval(odds[:, 1] - odds[:, 0], judged.y[seen] == 1) if len(classes) == 2 else None,
        accuracy=_accuracy(odds, judged.y[seen], bench.seed),
        leaderboard=board,
        chosen=BLEND,
        members=_named(tried, recipe),
        calibration=recipe.calibration.name,
        importances=weighty,
        judged_on=f"{len(parts)} later blocks, each by the rows before it" if ordered else f"{len(parts)} random folds",
        complete=complete,
        warnings=_warnings(known, rows, y),
    )


def nobody(known: Encoder, rows: Rows, seed: int) -> Rows:
    """Rows whose every column is from another row: they stand for people in reasons, and none of them is a person."""
    rng = np.random.default_rng(seed)
    made = rows.take(rng.integers(0, len(rows), BACKGROUND))
    for places in known.places():
        made = made.swapped(places, rows.take(rng.integers(0, len(rows), BACKGROUND)))
    return made


def coded(labels: Sequence[str], classes: tuple[str, ...]) -> Codes:
    """(rows,) the place of each label; `InvalidInput` for too few rows of them."""
    y = np.array([classes.index(label) for label in labels], np.int64)
    counts = np.bincount(y, minlength=len(classes))
    if len(y) < LEAST or np.sort(counts)[-2] < 2:
        raise InvalidInput("train", len(y), f"has under {LEAST} rows, or under 2 of every class but one", "give more")
    return y


def fitted(question: Question, tried: Sequence[Tried], recipe: Recipe, some: Codes, bench: Bench) -> Blend:
    """The recipe's members, fitted again on ``some`` rows."""
    rows, y = question.rows.take(some), question.y[some]
    members = []
    with threadpool_limits(limits=1, user_api="blas"):
        for n, k in enumerate(recipe.members):
            bench.progress("fit", n, len(recipe.members))
            members.append(tried[k].fit(rows, y, question.classes, bench.seed))
    return Blend(tuple(members), recipe.weights, recipe.shift, recipe.calibration, recipe.linear)


def _named(tried: Sequence[Tried], recipe: Recipe) -> tuple[tuple[str, float], ...]:
    """Kind of learner -> its share of the blend's weight, largest first."""
    share: dict[str, float] = {}
    for k, weight in zip(recipe.members, recipe.weights / max(recipe.weights.sum(), 1e-12), strict=True):
        share[tried[k].learner.name] = share.get(tried[k].learner.name, 0.0) + float(weight)
    return tuple(sorted(share.items(), key=lambda one: -one[1]))


def _shares(y: Codes, question: Question) -> Floats:
    """What somebody who looks at nothing would say: the shares among all rows; in time order, among those before."""
    some = y[: question.places[0]] if question.ordered else y
    counts = np.bincount(some, minlength=question.classes) + 0.5
    return np.asarray(counts / counts.sum())


def _leaderboard(
    question: Question, tried: Sequence[Tried], seen: Codes, odds: Floats, bench: Bench
) -> tuple[Trial, ...]:
    """The best settings of every kind, and the blend, on the same rows."""
    y = question.y[question.places][seen]
    kinds: dict[str, list[Tried]] = {}
    for one in tried:
        kinds.setdefault(one.learner.name, []).append(one)
    rows = []
    for name, ones in kinds.items():
        best = min(ones, key=lambda one: one.loss)
        rows.append(
            _trial(name, best.settings, best.odds[seen], y, sum(one.seconds for one in ones),
                   max(one.peak_bytes for one in ones), len(ones), bench)
        )  # fmt: skip
    seconds, peak = sum(one.seconds for one in tried), max(one.peak_bytes for one in tried)
    rows.append(_trial(BLEND, {}, odds, y, seconds, peak, len(tried), bench))
    return tuple(sorted(rows, key=lambda trial: -trial.value))


def _trial(
    name: str,
    settings: dict[str, object],
    odds: Floats,
    y: Codes,
    seconds: float,
    peak: int,
    trials: int,
    bench: Bench,
) -> Trial:
    binary = odds.shape[1] == 2
    found = auc_interval(odds[:, 1] - odds[:, 0], y == 1) if binary else _accuracy(odds, y, bench.seed)
    return Trial(
        name=name, settings=settings, value=found.value, low=found.low, high=found.high,
        seconds=round(seconds, 3), peak_bytes=peak, trials=trials,
    )  # fmt: skip


def _accuracy(odds: Floats, y: Codes, seed: int) -> Interval:
    return mean((odds.argmax(axis=1) == y).astype(np.float64), seed=seed)


def _warnings(known: Encoder, rows: Rows, y: Codes) -> tuple[str, ...]:
    """Columns that settle the outcome all by themselves were probably written after it."""
    found = []
    for n, part in enumerate(known.parts):
        own = rows.codes[:, n]
        values, place = np.unique(own, return_inverse=True)
        if len(values) * 5 > len(y):
            continue
        table = np.bincount(place * (int(y.max()) + 1) + y, minlength=len(values) * (int(y.max()) + 1))
        right = table.reshape(len(values), -1).max(axis=1).sum()
        rest = len(y) - np.bincount(y).max()
        if rest and (len(y) - right) < 0.01 * rest:
            found.append(f"{part.name} alone settles the outcome: was it written afterwards? --ignore leaves it out")
    return tuple(found)
