"""Funnels: of those who take the first step, how many come to the last, and where the others stop.

Steps must come in this order, with anything between, within a window that begins with the first one. Somebody may try
several times; the attempt that came farthest counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter

import numpy as np
from msgspec import Struct

from salience.events import InvalidInput
from salience.mine.intervals import wilson
from salience.prepare.deeds import Deeds

HOUR_MS = 3_600_000


class Stage(Struct, frozen=True):
    """One step: how many came so far (``count``); ``of_first`` and ``of_previous`` are shares, with 95 % intervals.

    ``median_seconds`` from the step before, over those who came here; None for the first step and where nobody came.
    """

    step: str
    count: int
    of_first: float
    of_previous: float
    low: float
    high: float
    median_seconds: float | None


class Funnel(Struct, frozen=True):
    """``stages`` in order; ``worst`` is the step before which the largest share of people was lost, "" if none was.

    ``hidden``: steps that are not among the stages, as they would tell of a few people (`salience.engine.breakdowns`).
    """

    stages: tuple[Stage, ...]
    unit: str
    window_hours: float
    worst: str
    hidden: tuple[str, ...] = ()


def funnel(of: Deeds, steps: Sequence[str], *, window_hours: float = 24 * 30, by: str = "user") -> Funnel:
    """``by``: ``user``, or ``visit`` if all steps must come in one visit."""
    if len(steps) < 2:
        raise InvalidInput("steps", ",".join(steps), "must be at least two", "e.g. view,cart,purchase")
    for step in steps:
        if step not in of.steps.codes:
            known = ", ".join(sorted(of.steps.names)[:12])
            raise InvalidInput("steps", step, "nobody ever did this", f"known steps: {known}")
    if by not in ("user", "visit"):
        raise InvalidInput("by", by, "must be user or visit")
    if not window_hours > 0:
        raise InvalidInput("window_hours", window_hours, "must be above 0", "720 is a month")
    reached, waits = _walk(of, steps, by, int(window_hours * HOUR_MS))
    counts = [sum(1 for depth in reached if depth > place) for place in range(len(steps))]
    medians = [float(np.median(np.array(times))) / 1000 if times else None for times in waits]
    stages = stages_of(steps, counts, medians)
    return Funnel(stages, by, window_hours, worst_of(stages))


def worst_of(stages: Sequence[Stage]) -> str:
    """The step before which the largest share was lost; "" if none was."""
    if not stages or not stages[0].count:
        return ""
    worst = min(stages[1:], key=lambda stage: stage.of_previous, default=stages[0])
    return worst.step if worst.of_previous < 1 else ""


Chain = tuple[int, ...]


def _walk(of: Deeds, steps: Sequence[str], by: str, window: int) -> tuple[list[int], list[list[int]]]:
    """How deep each unit came (at least 1), and the waits before each step of its deepest attempt, ms."""
    codes = [of.steps.codes[step] for step in steps]
    where = np.flatnonzero(np.isin(of.columns["step"], codes))
    places: dict[int, list[int]] = {}
    for place, code in enumerate(codes):
        places.setdefault(code, []).insert(0, place)  # the last place first: one event is one step of a chain
    reached: list[int] = []
    waits: list[list[int]] = [[] for _ in steps]
    rows = zip(*(of.columns[name][where].tolist() for name in (by, "step", "time")), strict=True)
    for _, mine in groupby(rows, key=itemgetter(0)):
        deepest = _deepest(((places[code], time) for _, code, time in mine), len(steps), window)
        if deepest:
            reached.append(len(deepest))
            for place in range(1, len(deepest)):
                waits[place].append(deepest[place] - deepest[place - 1])
    return reached, waits


def _deepest(rows: Iterable[tuple[list[int], int]], steps: int, window: int) -> Chain:
    """The times of the longest chain of steps within the window.

    ``best[k]``: the chain of k + 1 steps that began last. It has the longest time left, so no other chain of that
    length can come farther.
    """
    best: list[Chain | None] = [None] * steps
    deepest: Chain = ()
    for places, time in rows:
        for place in places:
            before = best[place - 1] if place else ()
            if before is None or (before and time - before[0] > window):
                continue
            chain = (*before, time)
            known = best[place]
            if known is None or chain[0] >= known[0]:
                best[place] = chain
            if len(chain) > len(deepest):
                deepest = chain
    return deepest


def stages_of(steps: Sequence[str], counts: Sequence[int], medians: Sequence[float | None]) -> tuple[Stage, ...]:
    """One a step; ``medians``: seconds from the step before."""
    found = []
    for place, (step, count, median) in enumerate(zip(steps, counts, medians, strict=True)):
        first, before = counts[0], counts[place - 1] if place else counts[0]
        low, high = wilson(count, first)
        found.append(
            Stage(
                step=step,
                count=count,
                of_first=count / first if first else 0.0,
                of_previous=count / before if before else 0.0,
                low=low if first else 0.0,
                high=high,
                median_seconds=median,
            )
        )
    return tuple(found)
