"""The value of a metric for every unit, as the log stood at a look. Units whose days are not over yet do not count."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from salience.events.experiment import Metric
from salience.optimise.experiments.caps import cap_of, capped
from salience.optimise.experiments.cuped import adjusted, filled
from salience.optimise.experiments.measured import DAY_MS, Measured, Need, needs
from salience.optimise.experiments.pair import Pair, means, ratios
from salience.optimise.experiments.quantiles import quantiles
from salience.optimise.experiments.sums import Floats, Sums

Rows = NDArray[np.bool_]


@dataclass(frozen=True)
class Values:
    """``rows``: (n,) which units count; ``top``, ``bottom``, ``before``: (n,) of all units, used where ``rows``."""

    metric: Metric
    rows: Rows
    top: Floats
    bottom: Floats | None = None
    before: Floats | None = None
    cap: float = np.inf

    def pair(self, run: Measured, treated: int, *, uncapped: bool = False) -> Pair | None:
        """The metric in the control and in one treated arm; None with fewer than two units in either."""
        top = self.top if uncapped else capped(self.top, self.cap)
        a, b = (self.rows & (run.arm == arm) for arm in (0, treated))
        if min(a.sum(), b.sum()) < 2:
            return None
        if self.metric.sort == "quantile":
            return quantiles(top[a], top[b], self.metric.quantile)
        beside = [one for one in (self.bottom, self.before) if one is not None]
        table = np.stack([top, *beside], axis=1)
        control, other = Sums.of(table[a]), Sums.of(table[b])
        if self.bottom is not None:
            return ratios(control, other, 0, 1) if table[a, 1].any() and table[b, 1].any() else None
        return adjusted(control, other, 0, 1) if self.before is not None else means(control, other, 0)


def values(run: Measured, metric: Metric, at: int, most: int) -> Values:
    """As of ``at`` (ms), among the first ``most`` units whose days were over."""
    rows = over(run, metric, at)
    rows &= np.cumsum(rows) <= most
    needed = needs(metric)
    if metric.sort == "funnel":
        return Values(metric, rows, _funnel(run, metric, at, needed))
    if metric.sort == "retention":
        return Values(metric, rows, np.minimum(_sum(run, metric, at, needed[0]), 1.0))
    top = _sum(run, metric, at, needed[0])
    if metric.sort == "proportion":
        top = np.minimum(top, 1.0)
    cap = cap_of(top[rows], metric.cap) if metric.cap is not None and rows.any() else np.inf
    bottom = _sum(run, metric, at, needed[1]) if metric.sort == "ratio" else None
    before = _before(run, metric, at, needed[0], rows, cap) if metric.past_days else None
    return Values(metric, rows, top, bottom, before, cap)


def over(run: Measured, metric: Metric, at: int) -> Rows:
    """(n,) the units whose days were over at a look, and whose exposure was known."""
    days = metric.days + (1 if metric.sort == "retention" else 0)
    ends = np.minimum(run.exposed + int(days * DAY_MS), run.until)
    return np.asarray((run.received <= at) & (ends <= at))


def by_day(run: Measured, metric: Metric, at: int, days: int) -> Floats:
    """(n, days) the metric's own events by days since exposure, NaN where a day is not over."""
    rows = _of(run, needs(metric)[0]) & (run.known <= at)
    since = (run.time - run.exposed[run.unit]) // DAY_MS
    rows &= (since >= 0) & (since < days)
    place = run.unit[rows] * days + since[rows]
    found = np.bincount(place, run.worth[rows], len(run) * days).reshape(len(run), days)
    ends = run.exposed[:, None] + (np.arange(days) + 1) * DAY_MS
    return np.where((ends <= at) & (run.received <= at)[:, None], found, np.nan)


def _of(run: Measured, need: Need) -> Rows:
    return np.asarray(run.column == run.columns.index(need))


def _window(run: Measured, metric: Metric, at: int, need: Need) -> Rows:
    """(m,) rows of a column that fall into their unit's days."""
    begins, ends = run.exposed, run.until
    if metric.sort == "retention":
        begins = begins + int(metric.days * DAY_MS)
        ends = np.minimum(ends, begins + DAY_MS)
    elif metric.days:
        ends = np.minimum(ends, begins + int(metric.days * DAY_MS))
    rows = _of(run, need) & (run.known <= at)
    return np.asarray(rows & (run.time >= begins[run.unit]) & (run.time < ends[run.unit]))


def _sum(run: Measured, metric: Metric, at: int, need: Need) -> Floats:
    rows = _window(run, metric, at, need)
    return np.bincount(run.unit[rows], run.worth[rows], len(run)).astype(np.float64)


def _funnel(run: Measured, metric: Metric, at: int, steps: tuple[Need, ...]) -> Floats:
    """1 for units that took every step, each not before the one ahead of it."""
    reached = run.exposed.astype(np.float64)
    for step in steps:
        rows = _window(run, metric, at, step)
        rows &= run.time >= reached[run.unit]
        first = np.full(len(run), np.inf)
        np.minimum.at(first, run.unit[rows], run.time[rows].astype(np.float64))
        reached = first
    return np.isfinite(reached).astype(np.float64)


def _before(run: Measured, metric: Metric, at: int, need: Need, counted: Rows, cap: float) -> Floats:
    """The same over the days before exposure; a unit that did nothing at all then stands at the mean."""
    rows = _of(run, need) & (run.known <= at)
    begins = run.exposed - int(metric.past_days * DAY_MS)
    rows &= (run.time < run.exposed[run.unit]) & (run.time >= begins[run.unit])
    total = np.bincount(run.unit[rows], run.worth[rows], len(run)).astype(np.float64)
    if metric.sort == "proportion":
        total = np.minimum(total, 1.0)
    seen = np.bincount(run.unit[run.time < run.exposed[run.unit]], minlength=len(run)) > 0
    past = np.where(seen & counted, capped(total, cap), np.nan)
    return filled(past)
