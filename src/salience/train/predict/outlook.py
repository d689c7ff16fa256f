"""What people will do next, learned from the log: moments in time order, judged forward, scored as of the newest deed.

The rows of a moment are judged by what was learned from earlier moments, whose outcomes were known by then. A predictor
whose gain has an interval that reaches 0 is not usable, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from msgspec import Struct

from salience.evaluate.intervals import Interval
from salience.events.fault import InvalidInput
from salience.models.predictor.columns import Floats
from salience.models.predictor.predictor import Codes
from salience.models.predictor.scorer import Scorer
from salience.prepare.activity import DAY_MS
from salience.prepare.moments import NO, YES, Asked, main_categories, moments_of, people_at
from salience.prepare.table import Table
from salience.train.bench_outcome import Bench, Trial, versions
from salience.train.predict.folds import Fold
from salience.train.predict.importance import Importance
from salience.train.predict.learning import learn_table

LEAST = 50
"""People with a known outcome, under which nothing is learned."""


class Forecast(Struct, frozen=True, kw_only=True):
    """The card of a predictor of people. Times are ms since 1970-01-01 UTC. ``until``: when its scores are out of date.

    ``share``: of the positive class among the training rows (None for several classes).
    """

    goal: str
    deed: str
    days: int
    as_of: int
    until: int
    moments: tuple[int, ...]
    rows: int
    people: int
    share: float | None
    classes: tuple[str, ...]
    verdict: str
    gain: Interval
    auc: Interval | None
    accuracy: Interval
    judged_on: str
    leaderboard: tuple[Trial, ...]
    members: tuple[tuple[str, float], ...]
    calibration: str
    importances: tuple[Importance, ...]
    warnings: tuple[str, ...]
    seed: int
    complete: bool
    versions: dict[str, str]


@dataclass(frozen=True, eq=False)
class Outlook:
    """``scorer`` with its card, and what it says of everybody who is active now: ``chances`` (people, classes)."""

    card: Forecast
    scorer: Scorer
    users: tuple[str, ...]
    chances: Floats


def outlook(table: Table, asked: Asked, bench: Bench) -> Outlook:
    """Learn and score. `InvalidInput` where the log holds too few people or days."""
    moments = moments_of(table, asked)
    way_out = "ask for fewer days, or collect for longer"
    if not moments:
        raise InvalidInput("days", asked.days, "the log must be at least twice as long", way_out)
    categories = main_categories(table, moments[0])
    known = people_at(table, moments, asked, categories, known=True)
    if len(known.users) < LEAST:
        raise InvalidInput("days", asked.days, f"only {len(known.users)} people have a known outcome", way_out)
    classes = (NO, YES) if asked.goal != "next" else tuple(sorted(set(known.outcomes)))
    if len(set(known.outcomes)) < 2:
        rule = f"everybody has the same outcome, {known.outcomes[0]}"
        raise InvalidInput("days", asked.days, rule, "ask for more or fewer days, or another deed")
    learned = learn_table(known.columns, known.outcomes, classes, bench, folds=_folds(known.moments, known.outcomes))
    end = int(table.columns["time"].max()) + 1
    now = people_at(table, (end,), asked, categories, known=False)
    card = Forecast(
        goal=asked.goal, deed=asked.deed if asked.goal == "leads" else "", days=asked.days, as_of=end,
        until=end + asked.days * DAY_MS, moments=moments, rows=len(known.users), people=len(set(known.users)),
        share=known.outcomes.count(YES) / len(known.outcomes) if asked.goal != "next" else None, classes=classes,
        verdict=learned.verdict, gain=learned.gain, auc=learned.auc, accuracy=learned.accuracy,
        judged_on=learned.judged_on, leaderboard=learned.leaderboard, members=learned.members,
        calibration=learned.calibration, importances=learned.importances, warnings=learned.warnings,
        seed=bench.seed, complete=learned.complete, versions=versions(),
    )  # fmt: skip
    return Outlook(card, learned.scorer, now.users, learned.scorer.probabilities(now.columns))


def _folds(moments: Codes, outcomes: tuple[str, ...]) -> tuple[Fold, ...] | None:
    """Each moment by those before it; of one moment alone, random folds."""
    times = np.unique(moments)
    found = tuple(Fold(np.flatnonzero(moments < time), np.flatnonzero(moments == time)) for time in times[1:])
    y = np.array(outcomes)
    told = tuple(fold for fold in found if len(fold.learn) >= LEAST and len(np.unique(y[fold.learn])) > 1)
    return told or None
