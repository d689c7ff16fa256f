"""Trends: what is wanted more, or less, in the last weeks than in as many weeks before.

Counts are compared as shares of everything that happened, so that a busy season lifts nothing by itself. Given x of
the x + y deeds about an item fall into the later half, x is binomial with the later half's part of all deeds if
nothing changed (the conditional test of two Poisson rates, Przyborowski & Wilenski 1940); false discoveries are
controlled over all items (Benjamini & Hochberg 1995).
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy import stats

from salience.events import InvalidInput
from salience.mine.significance import false_discovery
from salience.prepare.activity import DAY_MS
from salience.prepare.deeds import Deeds

FALSE = 0.05
LEAST = 10
"""Deeds about a thing in both halves together below which no trend can be told."""


class Trend(Struct, frozen=True):
    """``now`` and ``before`` are deeds in the two spans; ``ratio`` of their shares of all deeds (half a deed is added
    to both, so that what is new has a number); ``q`` adjusted for all things tested; ``weeks`` the deeds per week."""

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
    names, titles, code, time = _things(of, by)
    if not len(time):
        return []
    last = int(time.max()) // DAY_MS + 1
    age = (last * DAY_MS - 1 - time) // (7 * DAY_MS)
    inside = age < 2 * weeks
    table = np.zeros((len(names), 2 * weeks), np.int64)
    np.add.at(table, (code[inside], 2 * weeks - 1 - age[inside]), 1)
    before, now = table[:, :weeks].sum(axis=1), table[:, weeks:].sum(axis=1)
    if not before.sum() or not now.sum():
        return []
    part = float(now.sum() / (now.sum() + before.sum()))
    tested = np.flatnonzero(now + before >= LEAST)
    n = (now + before)[tested]
    tail = np.minimum(stats.binom.cdf(now[tested], n, part), stats.binom.sf(now[tested] - 1, n, part))
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


def _things(of: Deeds, by: str) -> tuple[tuple[str, ...], tuple[str, ...], NDArray[np.int64], NDArray[np.int64]]:
    time = of.columns["time"]
    if by == "step":
        return of.steps.names, of.steps.names, of.columns["step"].astype(np.int64), time
    there = of.columns["item"] >= 0
    item, time = of.columns["item"][there].astype(np.int64), time[there]
    if by == "item":
        return of.items.names, of.titles, item, time
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
    return names, names, flat[place], np.repeat(time, many)
