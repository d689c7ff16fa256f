"""Retention: of the people who came first in one week, who is there again one, two, three ... weeks later.

A cell that the data cannot know yet is None, not 0, and the curve over all cohorts counts only people who could have
come back by then: otherwise the youngest cohorts would pull it down.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from msgspec import Struct

from salience.events import InvalidInput
from salience.mine.intervals import wilson
from salience.prepare.activity import DAY_MS
from salience.prepare.deeds import Deeds

Period: TypeAlias = Literal["day", "week", "month"]
LENGTH: dict[str, int] = {"day": DAY_MS, "week": 7 * DAY_MS}
PERIODS = 12


class Cohort(Struct, frozen=True):
    """People whose first deed was in the period that begins on ``start`` (ISO date); ``shares[p]``: there p later."""

    start: str
    size: int
    shares: tuple[float | None, ...]


class Retention(Struct, frozen=True):
    """``curve[p]``: the share of all who could be there p periods later and were; ``low`` and ``high`` its 95 %
    interval; ``people[p]`` how many could. Period 0 is 1 by definition."""

    period: str
    cohorts: tuple[Cohort, ...]
    curve: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    people: tuple[int, ...]


def retention(of: Deeds, *, period: Period = "week", periods: int = PERIODS, steps: tuple[str, ...] = ()) -> Retention:
    """``steps``: what counts as being there again (any deed if none is named). Months are those of the calendar."""
    if period not in ("day", "week", "month"):
        raise InvalidInput("period", period, "must be one of day, week, month")
    if not 1 <= periods <= 1000:
        raise InvalidInput("periods", periods, "must be between 1 and 1000")
    for step in steps:
        if step not in of.steps.codes:
            raise InvalidInput("steps", step, "nobody ever did this", f"known: {', '.join(of.steps.names[:12])}")
    if not len(of):
        raise InvalidInput("events", 0, "there are no deeds of people", "import events first")
    when, user = _period(of.columns["time"], period), of.columns["user"]
    first = np.full(len(of.users), np.iinfo(np.int64).max)
    np.minimum.at(first, user, when)
    known = np.unique(user)
    last = int(when.max())
    again = of.of(*steps) if steps else np.ones(len(of), bool)
    later = when[again] - first[user[again]]
    pairs = np.unique(user[again].astype(np.int64) * (last + 2) + later)
    who, gap = pairs // (last + 2), pairs % (last + 2)
    starts = np.unique(first[known])
    row = np.searchsorted(starts, first[who])
    inside = (gap >= 1) & (gap <= periods)
    back = np.zeros((len(starts), periods + 1), np.int64)
    np.add.at(back, (row[inside], gap[inside]), 1)
    size = np.bincount(np.searchsorted(starts, first[known]), minlength=len(starts))
    back[:, 0] = size
    could = starts[:, None] + np.arange(periods + 1) <= last
    people = (size[:, None] * could).sum(axis=0)
    hits = (back * could).sum(axis=0)
    some = people > 0
    bounds = [wilson(h, n) for h, n in zip(hits[some].tolist(), people[some].tolist(), strict=True)]
    cohorts = tuple(
        Cohort(
            _start(int(start), period),
            int(n),
            tuple(float(b / n) if c else None for b, c in zip(counts, can, strict=True)),
        )
        for start, n, counts, can in zip(starts, size, back, could, strict=True)
    )
    curve = tuple((hits[some] / people[some]).tolist())
    return Retention(period, cohorts, curve, tuple(b[0] for b in bounds), tuple(b[1] for b in bounds),
                     tuple(people[some].tolist()))  # fmt: skip


def _period(
    time: np.ndarray[tuple[int, ...], np.dtype[np.int64]], period: str
) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """The number of the period; weeks begin on Monday (1970-01-01 was a Thursday)."""
    if period == "month":
        return time.astype("datetime64[ms]").astype("datetime64[M]").astype(np.int64)
    shift = 3 * DAY_MS if period == "week" else 0
    made: np.ndarray[tuple[int, ...], np.dtype[np.int64]] = (time + shift) // LENGTH[period]
    return made


def _start(number: int, period: str) -> str:
    if period == "month":
        return str(np.datetime64(number, "M"))
    shift = 3 if period == "week" else 0
    return str(np.datetime64(number * (7 if period == "week" else 1) - shift, "D"))
