"""Trends: what is wanted more, or less, in the last weeks than in as many weeks before.

People are counted, each once a thing and week, whatever they did in it: one of them alone makes no trend. Their counts
are compared as shares of all, so that a busy season lifts nothing by itself. Given x of the x + y counts of an item
fall into the later half, x is binomial with the later half's part of all counts if nothing changed (the conditional
test of two Poisson rates, Przyborowski & Wilenski 1940); false discoveries are controlled over all items (Benjamini &
Hochberg 1995).
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy import special

from salience.events import InvalidInput
from salience.mine.significance import false_discovery
from salience.prepare.activity import DAY_MS
from salience.prepare.deeds import Deeds

_Things: TypeAlias = tuple[tuple[str, ...], tuple[str, ...], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
FALSE = 0.05
LEAST = 10
"""People of a thing in both halves together, once a week each, below which no trend can be told."""


class Trend(Struct, frozen=True):
    """``now`` and ``before`` add up the people of each week of the two spans; ``ratio`` of their shares of all (half of
    one is added to both, so that what is new has a number); ``q`` adjusted for all things tested; ``weeks``: the people
    per week."""

    name: str
    title: str
    now: int
    before: int
    ratio: float
    q: float
    weeks: tuple[int, ...]


def trends(of: Deeds, *, weeks: int = 4, by: str = "item", limit: int = 20) -> list[Trend]:
    """Things whose share really changed, the surest first. ``by``: item, category or step."""
    if weeks < 1:
        raise InvalidInput("weeks", weeks, "must be at least 1")
    names, titles, code, time, user = _things(of, by)
    if not len(time):
        return []
    last = int(time.max()) // DAY_MS + 1
    age = (last * DAY_MS - 1 - time) // (7 * DAY_MS)
    inside = age < 2 * weeks
    table = np.zeros((len(names), 2 * weeks), np.int64)
    once = np.unique(np.stack((code[inside], 2 * weeks - 1 - age[inside], user[inside])), axis=1)
    np.add.at(table, (once[0], once[1]), 1)
    before, now = table[:, :weeks].sum(axis=1), table[:, weeks:].sum(axis=1)
    if not before.sum() or not now.sum():
        return []
    part = float(now.sum() / (now.sum() + before.sum()))
    tested = np.flatnonzero(now + before >= LEAST)
    n = (now + before)[tested]
    seen = now[tested].astype(np.float64)
    tail = np.minimum(special.bdtr(seen, n, part), special.bdtrc(seen - 1, n, part))  # binomial, both ends
    q = false_discovery(np.minimum(1.0, 2 * tail))
    odds = part / (1 - part)
    order = np.lexsort((tested, -(n), q))
    return [
        Trend(
            names[tested[at]], titles[tested[at]], int(now[tested[at]]), int(before[tested[at]]),
            float((now[tested[at]] + 0.5) / (before[tested[at]] + 0.5) / odds), float(q[at]),
            tuple(table[tested[at]].tolist()),
        )
        for at in order[:limit].tolist() if q[at] <= FALSE
    ]  # fmt: skip


def _things(of: Deeds, by: str) -> _Things:
    """Names and titles of the things; then of each deed its thing, its time and whose it was."""
    time, user = of.columns["time"], of.columns["user"].astype(np.int64)
    if by == "step":
        return of.steps.names, of.steps.names, of.columns["step"].astype(np.int64), time, user
    there = of.columns["item"] >= 0
    item, time, user = of.columns["item"][there].astype(np.int64), time[there], user[there]
    if by == "item":
        return of.items.names, of.titles, item, time, user
    if by != "category":
        raise InvalidInput("by", by, "must be one of item, category, step")
    codes: dict[str, int] = {}
    lists = [[codes.setdefault(name, len(codes)) for name in dict.fromkeys(found)] for found in of.categories]
    sizes = np.array([len(found) for found in lists], np.int64)
    flat = np.array([code for found in lists for code in found], np.int64)
    start = np.cumsum(sizes) - sizes
    many = sizes[item]
    place = np.repeat(start[item] - (np.cumsum(many) - many), many) + np.arange(many.sum())
    names = tuple(codes)
    return names, names, flat[place], np.repeat(time, many), np.repeat(user, many)
