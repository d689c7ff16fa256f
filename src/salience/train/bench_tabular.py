"""The protocol ``tabular``: how likely each row of a test part is to be of a class.

Everything is learned and chosen inside the training part, on random folds of it, or forward in time if its rows are in
the order of time (see `salience.train.predict.order`). The test part's columns are looked at without its outcomes, to
see whether it differs; its outcomes, where it has them, only judge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, TypeAlias

import numpy as np
from msgspec import Struct

from salience.evaluate.chances import Decile, Within, auc_interval, best_fifth, deciles, fifth_ahead, surprise, within
from salience.evaluate.intervals import Interval, mean
from salience.events.fault import InvalidInput
from salience.models.predictor.columns import Cells, Floats, encoder
from salience.models.predictor.logistic import Logistic
from salience.models.predictor.predictor import softmax
from salience.train.bench_outcome import Bench, Columns, Outcome, versions
from salience.train.predict.folds import dealt
from salience.train.predict.importance import Importance
from salience.train.predict.learning import coded, learn_table
from salience.train.predict.order import Order, order
from salience.train.predict.rolling import Walk, rolling

MOST_CLASSES = 50
LINES = tuple(Logistic(strength) for strength in (0.0001, 0.001, 0.01, 0.1, 1.0))
"""The rival: a logistic regression, tuned."""
WORDS = frozenset({"1", "1.0", "yes", "y", "true", "t", "positive", "pos", ">50k", ">50k.", "churn", "churned", "buy",
                   "bought", "click", "clicked", "default", "bad"})  # fmt: skip
"""Values that mean "it happened", of two classes; else the rarer one is taken."""
Wanted: TypeAlias = Literal["auto", "time", "random"]


class Tabular(Outcome, frozen=True, kw_only=True):
    """An outcome with what a table tells besides: the verdict and the saved log loss that it rests on, what to look at,
    how the chances came true on the test part (``deciles``, of two classes)."""

    verdict: str
    positive: str
    classes: tuple[str, ...]
    gain: Interval
    order: Order | None
    members: tuple[tuple[str, float], ...]
    calibration: str
    importances: tuple[Importance, ...]
    deciles: tuple[Decile, ...]
    within: Within | None
    left_out: dict[str, str]
    warnings: tuple[str, ...]


def tabular(
    train: Cells, test: Cells, target: str, bench: Bench, *, positive: str | None = None, wanted: Wanted = "auto"
) -> tuple[Tabular, Columns]:
    """(outcome, columns row, prediction). The prediction is the probability of ``positive``; of more than two classes
    it is the likeliest, and a column each holds their probabilities."""
    began = bench.clock()
    labels, classes, columns = _told(train, target, positive)
    for name in columns:
        if name not in test:
            raise InvalidInput("test", name, "is a column of the training part that the test part lacks", "add it")
    known = encoder(columns, rare=True)
    size = len(next(iter(test.values()), ()))
    new = known.rows(test, size)
    found = (
        order(known.rows(columns, len(labels)), coded(labels, classes), new, bench.seed) if wanted == "auto" else None
    )
    ordered = wanted == "time" or (found is not None and found.ordered)
    learned = learn_table(columns, labels, classes, bench, horizon=max(1, size) if ordered else None, typed=known)
    chances = softmax(learned.scorer.predictor.log_odds(new))
    metrics, totals, groups = judged(chances, test.get(target), classes, bench.seed)
    outcome = Tabular(
        task="tabular", metric="auc" if len(classes) == 2 else "accuracy", judged_on=learned.judged_on,
        leaderboard=learned.leaderboard, chosen=learned.chosen, settings={"calibration": learned.calibration},
        metrics=metrics, totals=totals,
        sizes={"rows": len(labels), "tests": size, "columns": len(known.parts), "classes": len(classes)},
        seed=bench.seed, complete=learned.complete, seconds=round(bench.clock() - began, 3), versions=versions(),
        verdict=learned.verdict, positive=classes[1] if len(classes) == 2 else "", classes=classes, gain=learned.gain,
        order=found, members=learned.members, calibration=learned.calibration, importances=learned.importances,
        deciles=groups, within=within(groups), left_out=known.left_out, warnings=learned.warnings,
    )  # fmt: skip
    return outcome, predicted(chances, classes)


class Tested(Struct, frozen=True, kw_only=True):
    """One table, tested on itself: by ``folds`` or forward in time.

    ``rival``: a logistic regression whose strength was tuned the same way, on the same folds; ``ahead``: positives that
    our best fifth holds more than its, paired. Both None in time order.
    """

    task: str
    way: str
    positive: str
    metrics: dict[str, Interval]
    totals: dict[str, float]
    deciles: tuple[Decile, ...]
    within: Within | None
    rival: dict[str, Interval] | None
    ahead: Interval | None
    sizes: dict[str, int]
    seed: int
    seconds: float
    versions: dict[str, str]


def folded(
    train: Cells, target: str, folds: int, bench: Bench, *, positive: str | None = None
) -> tuple[Tested, Columns]:
    """Every row predicted by what was learned and chosen on the other folds. ``bench.minutes`` are for all folds."""
    began = bench.clock()
    labels, classes, columns = _told(train, target, positive)
    y = coded(labels, classes)
    chances, rival = np.zeros((len(y), len(classes))), np.zeros((len(y), len(classes)))
    each = replace(bench, minutes=bench.minutes / folds)
    for n, fold in enumerate(dealt(y, bench.seed, folds)):
        bench.progress("fold", n, folds)
        known = {name: [cells[row] for row in fold.learn] for name, cells in columns.items()}
        asked = {name: [cells[row] for row in fold.judge] for name, cells in columns.items()}
        ours = learn_table(known, [labels[row] for row in fold.learn], classes, each, explain=False)
        theirs = learn_table(known, [labels[row] for row in fold.learn], classes, each, learners=LINES, explain=False)
        chances[fold.judge], rival[fold.judge] = ours.scorer.probabilities(asked), theirs.scorer.probabilities(asked)
    metrics, totals, groups = judged(chances, labels, classes, bench.seed)
    compared, _, _ = judged(rival, labels, classes, bench.seed)
    binary = len(classes) == 2
    return Tested(
        task="tabular", way=f"{folds} folds", positive=classes[1] if binary else "", metrics=metrics, totals=totals,
        deciles=groups, within=within(groups), rival=compared,
        ahead=fifth_ahead(chances[:, 1], rival[:, 1], y == 1, seed=bench.seed) if binary else None,
        sizes={"rows": len(y), "tests": len(y), "columns": len(columns)}, seed=bench.seed,
        seconds=round(bench.clock() - began, 3), versions=versions(),
    ), predicted(chances, classes)  # fmt: skip


def walked(
    train: Cells, target: str, walk: Walk, bench: Bench, *, positive: str | None = None
) -> tuple[Tested, Columns]:
    """Forward in time: every ``walk.step`` rows by what was learned from those before them, kept true by outcomes that
    are known ``walk.lag`` rows later."""
    began = bench.clock()
    labels, classes, columns = _told(train, target, positive)
    rows, chances = rolling(columns, coded(labels, classes), len(classes), walk, bench)
    metrics, totals, groups = judged(chances, labels[walk.first :], classes, bench.seed)
    return Tested(
        task="tabular", way=f"forward in time, {walk.step:,} rows at a time, from row {walk.first:,} on{_late(walk)}",
        positive=classes[1] if len(classes) == 2 else "", metrics=metrics, totals=totals, deciles=groups,
        within=within(groups), rival=None, ahead=None,
        sizes={"rows": len(labels), "tests": len(rows), "columns": len(columns)}, seed=bench.seed,
        seconds=round(bench.clock() - began, 3), versions=versions(),
    ), predicted(chances, classes) | {"row": rows}  # fmt: skip


def _late(walk: Walk) -> str:
    return "" if walk.lag == walk.step else f", outcomes known {walk.lag:,} rows later"


def _told(
    train: Cells, target: str, positive: str | None
) -> tuple[list[str], tuple[str, ...], dict[str, Sequence[str]]]:
    """(labels, classes, the other columns)."""
    labels = [label.strip() for label in train[target]]
    classes = classes_of(labels, positive)
    columns = {name: cells for name, cells in train.items() if name != target}
    return [classes[place(label, classes)] for label in labels], classes, columns


def classes_of(labels: Sequence[str], positive: str | None) -> tuple[str, ...]:
    """The classes in order; of two, the positive one is the second. `InvalidInput` for one class, or far too many."""
    values, counts = np.unique(np.array(labels, dtype=np.str_), return_counts=True)
    names = [str(value) for value in values]
    if "" in names or len(names) < 2:
        rule = "has rows without a value" if "" in names else "has one value only"
        raise InvalidInput(
            "target", names[0] if names else "", rule, "give rows whose outcome is known, of two classes"
        )
    if positive is not None:
        if positive not in names:
            way_out = f"the column has {', '.join(names[:8])}"
            raise InvalidInput("positive", positive, "is no value of the target", way_out)
        return ("not " + positive if len(names) > 2 else next(n for n in names if n != positive), positive)
    if len(names) > MOST_CLASSES:
        rule = f"has {len(names):,} different values; classes are predicted, not numbers"
        raise InvalidInput("target", names[0], rule, "group the values, or name one with --positive")
    if len(names) > 2:
        return tuple(names)
    meant = [name for name in names if name.lower() in WORDS]
    yes = meant[0] if len(meant) == 1 else names[int(np.argmin(counts))]
    return (names[0] if yes == names[1] else names[1], yes)


def judged(
    chances: Floats, labels: Sequence[str] | None, classes: tuple[str, ...], seed: int
) -> tuple[dict[str, Interval], dict[str, float], tuple[Decile, ...]]:
    """(metrics, totals, deciles) on rows with a known outcome; nothing where there is none."""
    if labels is None:
        return {}, {}, ()
    y = np.array([place(label.strip(), classes) for label in labels], np.int64)
    some = np.flatnonzero(y >= 0)
    if not len(some):
        return {}, {}, ()
    told, y = chances[some], y[some]
    metrics = {"log_loss": mean(surprise(told, y), seed=seed)}
    if len(classes) > 2:
        metrics["accuracy"] = mean((told.argmax(axis=1) == y).astype(np.float64), seed=seed)
        return metrics, {}, ()
    hit = y == 1
    fifth, lift = best_fifth(told[:, 1], hit, seed=seed)
    metrics = {"auc": auc_interval(told[:, 1], hit), **metrics, "lift_at_fifth": lift, "positives_in_best_fifth": fifth}
    expected = float(told[:, 1].sum())
    totals = {"positives": float(hit.sum()), "expected": expected}
    return (
        metrics,
        totals | ({"expected_by_actual": expected / float(hit.sum())} if hit.any() else {}),
        deciles(told[:, 1], hit),
    )


def place(label: str, classes: tuple[str, ...]) -> int:
    """Of a label among the classes; -1 for one that training never had."""
    if label in classes:
        return classes.index(label)
    return 0 if label and classes[0].startswith("not ") else -1


def predicted(chances: Floats, classes: tuple[str, ...]) -> Columns:
    """What ``--out`` holds."""
    row = np.arange(len(chances))
    if len(classes) == 2:
        return {"row": row, "prediction": chances[:, 1]}
    best = np.array(classes, dtype=object)[chances.argmax(axis=1)]
    return {"row": row, "prediction": best, **{f"p_{name}": chances[:, n] for n, name in enumerate(classes)}}
