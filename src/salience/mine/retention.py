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
    """People whose first deed was in the period that begins on ``start`` (ISO date); ``shares[p]``: there p later.

    ``hidden``: periods of which it is known but not told, as it would tell of a few people.
    """

    start: str
    size: int
    shares: tuple[float | None, ...]
    hidden: tuple[int, ...] = ()


class Retention(Struct, frozen=True):
    """``curve[p]``: the share of all who could be there p periods later and were; ``low`` and ``high`` its 95 %
    interval; ``people[p]`` how many could. Period 0 is 1 by definition.

    ``hidden``: cohorts that are left out, curve and all, as they are a few people (`salience.engine.breakdowns`); a
    point of the curve that would tell of a few is None.
    """

    period: str
    cohorts: tuple[Cohort, ...]
    curve: tuple[float | None, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]
    people: tuple[int, ...]
    hidden: int = 0


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
    cohorts = tuple(
        Cohort(
            _start(int(start), period),
            int(n),
            tuple(float(b / n) if c else None for b, c in zip(counts, can, strict=True)),
        )
        for start, n, counts, can in zip(starts, size, back, could, strict=True)
    )
    return curved(period, cohorts)


def curved(period: str, cohorts: tuple[Cohort, ...], hidden: int = 0) -> Retention:
    """With the curve over these cohorts."""
    hits, people = back_of(cohorts)
    bounds = [wilson(h, n) for h, n in zip(hits, people, strict=True)]
    return Retention(
        period=period,
        cohorts=cohorts,
        curve=tuple(h / n for h, n in zip(hits, people, strict=True)),
        low=tuple(low for low, _ in bounds),
        high=tuple(high for _, high in bounds),
        people=people,
        hidden=hidden,
    )


def back_of(cohorts: tuple[Cohort, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """(how many were there p periods later, how many could be), as far as anybody could."""
    hits: list[int] = []
    people: list[int] = []
    for place in range(len(cohorts[0].shares) if cohorts else 0):
        known = [(one.size, share) for one in cohorts if (share := one.shares[place]) is not None]
        if known:
            hits.append(sum(round(size * share) for size, share in known))
            people.append(sum(size for size, _ in known))
    return tuple(hits), tuple(people)


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
