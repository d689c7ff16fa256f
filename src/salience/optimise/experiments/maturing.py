"""Effects by days since a unit's first exposure: novelty wears off, habits take time, and an average hides both.

On each day d since exposure only units that were exposed at least d + 1 days ago count, so every column is complete;
then a weighted line through effect(d) on log(1 + d) says whether the effect grows or fades.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from scipy.special import ndtr

from salience.optimise.experiments.pair import means
from salience.optimise.experiments.sums import Floats, Sums


class DayEffect(Struct, frozen=True):
    """``day`` counts from 0, the first 24 hours."""

    day: int
    units: int
    effect: float
    low: float
    high: float


class Maturing(Struct, frozen=True):
    """``trend``: change of the effect per unit of log(1 + day), with its p-value; ``said`` in words."""

    days: tuple[DayEffect, ...]
    trend: float
    p_value: float
    said: str


LEAST = 30
"""Units an arm that a day needs."""
ALPHA = 0.01
"""A trend is named from here on: it is looked at beside everything else."""


def maturing(control: Floats, treated: Floats) -> Maturing:
    """From (units, days) values of each arm, NaN where a day is not over yet."""
    found, errors = [], []
    for day in range(min(control.shape[1], treated.shape[1])):
        a, b = (rows[:, day][~np.isnan(rows[:, day])] for rows in (control, treated))
        if min(len(a), len(b)) < LEAST:
            break
        pair = means(Sums.of(a[:, None]), Sums.of(b[:, None]))
        low, high = pair.interval()
        found.append(DayEffect(day, len(a) + len(b), float(pair.difference), float(low), float(high)))
        errors.append(float(pair.se))
    slope, p = _line(found, np.array(errors))
    return Maturing(tuple(found), slope, p, _said(found, slope, p))


def _line(days: list[DayEffect], errors: Floats) -> tuple[float, float]:
    """Weighted least squares of the effect on log(1 + day): (slope, two-sided p). (0, 1) with fewer than three days."""
    if len(days) < 3 or (errors <= 0).any():
        return 0.0, 1.0
    x, y, w = np.log1p([d.day for d in days]), np.array([d.effect for d in days]), 1 / errors**2
    centre = (w * x).sum() / w.sum()
    spread = (w * (x - centre) ** 2).sum()
    slope = float((w * (x - centre) * y).sum() / spread)
    return slope, float(2 * ndtr(-abs(slope) * np.sqrt(spread)))


def _said(days: list[DayEffect], slope: float, p: float) -> str:
    if len(days) < 3:
        return "too few whole days to see how the effect develops"
    if p >= ALPHA:
        return "no sign that the effect changes with the days since the first exposure"
    average = float(np.mean([d.effect for d in days]))
    if average * slope < 0:
        return "the effect fades with the days since the first exposure: look at the later days before you decide"
    return "the effect grows with the days since the first exposure: the average understates the later days"
