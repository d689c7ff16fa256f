"""The looks of a run, and how far at each of them an estimate must lie from 0.

Looks are not remembered, they are computed: one at the end of every day of the run, from what the log held at that
moment. So it makes no difference who opened the report how often. Only units up to the planned number count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from msgspec import Struct
from scipy.special import ndtri

from salience.events.experiment import Method, Metric
from salience.optimise.experiments import anytime
from salience.optimise.experiments.measured import DAY_MS, Measured
from salience.optimise.experiments.pair import Pair
from salience.optimise.experiments.spending import bounds
from salience.optimise.experiments.stopped import corrected
from salience.optimise.experiments.values import values


class Look(Struct, frozen=True):
    """One look at one metric in one arm. ``reach``: how many standard errors away is called; None: nothing may be."""

    time: int
    units: int
    fraction: float
    difference: float
    se: float
    reach: float | None
    crossed: bool


@dataclass(frozen=True)
class Series:
    """All looks, and the number of the first that crossed its bound (-1: none). ``settles``: that one is the last word;
    a confidence sequence goes on.
    """

    looks: tuple[Look, ...]
    decided: int
    settles: bool

    @property
    def counts(self) -> int:
        """The look that the report goes by."""
        return self.decided if self.settles and self.decided >= 0 else len(self.looks) - 1


def times(started: int, now: int) -> list[int]:
    """The ends of the whole days of a run, and now."""
    whole = [started + day * DAY_MS for day in range(1, (now - started) // DAY_MS + 1)]
    return whole if whole and whole[-1] == now else [*whole, now]


def reaches(method: Method, fractions: list[float], alpha: float) -> list[float]:
    """How far a difference must lie at each look, in standard errors; infinite where nothing may be called.

    >>> reaches("fixed", [0.5, 1.0], 0.05)[0]
    inf
    """
    found = np.array(fractions)
    if method == "sequential":
        return list(bounds(tuple(fractions), alpha))
    if method == "declared":
        return [float(z) for z in anytime.declared(found, alpha)]
    if method == "anytime":
        return [float(z) for z in anytime.reach(found, alpha)]
    last = float(ndtri(1 - alpha / 2))
    return [last if fraction >= 1 else np.inf for fraction in fractions]


def series(
    run: Measured, metric: Metric, treated: int, at: list[int], *, planned: int, method: Method, alpha: float
) -> Series:
    """The looks at one metric in one treated arm. A look that brought no new units is not one."""
    seen: list[tuple[int, int, Pair]] = []
    most = planned if method != "anytime" else len(run)
    for time in at:
        found = values(run, metric, time, most)
        units, pair = int(found.rows.sum()), found.pair(run, treated)
        if pair is not None and pair.se > 0 and (not seen or units > seen[-1][1]):
            seen.append((time, units, pair))
    limits = reaches(method, [units / planned for _, units, _ in seen], alpha) if seen else []
    looks, decided = [], -1
    for number, ((time, units, pair), limit) in enumerate(zip(seen, limits, strict=True)):
        crossed = abs(float(pair.z)) >= limit
        if crossed and decided < 0:
            decided = number
        reach = float(limit) if np.isfinite(limit) else None
        looks.append(Look(time, units, units / planned, float(pair.difference), float(pair.se), reach, crossed))
    return Series(tuple(looks), decided, method != "anytime")


def believed(found: Series, method: Method, alpha: float) -> float:
    """The estimate to believe at the look that counts: moved down where it was stopped because it was high."""
    look = found.looks[found.counts]
    z = look.difference / look.se
    if method == "anytime":
        return float(anytime.shrunken(np.array(z), np.array(look.fraction), alpha)) * look.se
    if method == "fixed" or found.decided < 0:
        return look.difference
    sofar = found.looks[: found.counts + 1]
    limits = [np.inf if one.reach is None else one.reach for one in sofar]
    middle = corrected([one.fraction for one in sofar], limits, z, alpha).middle
    return middle * look.se * float(look.fraction**0.5)
