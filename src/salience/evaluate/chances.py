"""How good are predicted probabilities: order, calibration, and what they gain over saying the share of each class.

    AUC       chance that a positive row has a higher score than another one (ties count half); interval: DeLong et al.
              1988, whose variance needs no resampling
    log loss  mean of -ln P(what happened); ``gain``: that of the training part's shares less that of the model
    lift      share of positives among the best fifth / share among all
    deciles   ten groups of equally many rows by score: expected positives, actual ones, and their ratio

Rows of equal score are cut in a fixed order that does not know the outcome.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import erf

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from salience.evaluate.intervals import Interval, mean
from salience.events.fault import InvalidInput

Floats = NDArray[np.float64]
Z = 1.959964
FIFTH = 0.2
GROUPS = 10
REACH = 0.05  # of a ratio near 1
RESAMPLES = 400


class Decile(Struct, frozen=True):
    """One of ten groups by score, the highest first. ``ratio``: expected / actual positives, None where there is none.

    ``low`` and ``high``: the actual number that chance would leave within, 95 times in 100, if the expected were true.
    """

    rows: int
    expected: float
    actual: int
    ratio: float | None
    low: float
    high: float


class Within(Struct, frozen=True):
    """Of ten groups, ``inside`` have a ratio near 1; true chances would have ``expected`` there, ``low`` to ``high`` in
    nine of ten tables."""

    inside: int
    expected: float
    low: int
    high: int


def auc(score: Floats, hit: NDArray[np.bool_]) -> float:
    """The area under the ROC curve; 0.5 where only one class is there.

    >>> auc(np.array([0.1, 0.2, 0.2, 0.9]), np.array([False, False, True, True]))
    0.875
    """
    positives = int(hit.sum())
    if positives in (0, len(hit)):
        return 0.5
    return float((ranks(score)[hit].sum() - positives * (positives + 1) / 2) / (positives * (len(hit) - positives)))


def auc_interval(score: Floats, hit: NDArray[np.bool_]) -> Interval:
    """`auc` with DeLong's 95 % interval; 0 to 1 where only one class is there."""
    positives, negatives = int(hit.sum()), int((~hit).sum())
    if min(positives, negatives) < 2:
        return Interval(auc(score, hit), 0.0, 1.0, len(hit))
    whole = ranks(score)
    of_positives = (whole[hit] - ranks(score[hit])) / negatives
    of_negatives = 1 - (whole[~hit] - ranks(score[~hit])) / positives
    value = float(of_positives.mean())
    error = float(np.sqrt(of_positives.var(ddof=1) / positives + of_negatives.var(ddof=1) / negatives))
    return Interval(value, max(0.0, value - Z * error), min(1.0, value + Z * error), len(hit))


def surprise(chances: Floats, y: NDArray[np.int64]) -> Floats:
    """(rows,) -ln of the probability of what happened; ``chances`` (rows, classes)."""
    return np.asarray(-np.log(np.maximum(chances[np.arange(len(y)), y], 1e-15)))


def gain(chances: Floats, y: NDArray[np.int64], shares: Floats, *, seed: int = 0) -> Interval:
    """How much log loss is saved against always saying ``shares`` (classes,), a row."""
    return mean(surprise(np.tile(shares, (len(y), 1)), y) - surprise(chances, y), seed=seed)


def best_fifth(score: Floats, hit: NDArray[np.bool_], *, seed: int = 0) -> tuple[Interval, Interval]:
    """(positives among the best fifth, lift of the best fifth), with intervals over resampled rows."""
    if not len(hit):
        raise InvalidInput("test", 0, "has no rows to judge by", "give rows with known outcomes")
    order = best_first(score)
    sorted_hit = hit[order].astype(np.float64)
    rng = np.random.default_rng(seed)
    rows = len(hit)
    drawn = np.array([_top(sorted_hit, np.bincount(rng.integers(0, rows, rows), minlength=rows))
                      for _ in range(RESAMPLES)])  # fmt: skip
    value = _top(sorted_hit, np.ones(len(hit), np.int64))
    counts, lifts = (np.quantile(drawn[:, n], [0.025, 0.975]) for n in (0, 1))
    return (
        Interval(value[0], float(counts[0]), float(counts[1]), len(hit)),
        Interval(value[1], float(lifts[0]), float(lifts[1]), len(hit)),
    )


def fifth_ahead(ours: Floats, theirs: Floats, hit: NDArray[np.bool_], *, seed: int = 0) -> Interval:
    """How many more positives our best fifth holds than theirs, over the same resampled rows."""
    rng, rows = np.random.default_rng(seed), len(hit)
    orders = best_first(ours), best_first(theirs)

    def ahead(times: NDArray[np.int64]) -> float:
        mine, others = (_top(hit[order].astype(np.float64), times[order])[0] for order in orders)
        return mine - others

    drawn = [ahead(np.bincount(rng.integers(0, rows, rows), minlength=rows)) for _ in range(RESAMPLES)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Interval(ahead(np.ones(rows, np.int64)), float(low), float(high), rows)


def _top(sorted_hit: Floats, times: NDArray[np.int64]) -> tuple[float, float]:
    """Positives in the best fifth of the rows that are there ``times`` times, and the lift."""
    room = int(FIFTH * times.sum())
    before = np.cumsum(times) - times
    found = float(np.minimum(times, np.maximum(room - before, 0)) @ sorted_hit)
    whole = float(times @ sorted_hit)
    return found, (found / room) / (whole / float(times.sum())) if whole and room else 1.0


def deciles(chance: Floats, hit: NDArray[np.bool_]) -> tuple[Decile, ...]:
    """Calibration, the highest chances first."""
    found = []
    for rows in np.array_split(best_first(chance), GROUPS):
        if not len(rows):
            continue
        p, actual = chance[rows], int(hit[rows].sum())
        expected, spread = float(p.sum()), Z * float(np.sqrt((p * (1 - p)).sum()))
        ratio = expected / actual if actual else None
        found.append(Decile(len(rows), expected, actual, ratio, max(0.0, expected - spread), expected + spread))
    return tuple(found)


def within(groups: Sequence[Decile], reach: float = REACH) -> Within | None:
    """How many ratios lie within 1 +- ``reach``, beside what chance allows; None without groups.

    Were every chance true, the actual number of a group would be its expected one with the scatter of `Decile.high`,
    close to normal (with the half that whole numbers need), and the groups would not know of each other: the number
    within is a sum of ten different coins.

    >>> one = Decile(2000, 100.0, 96, 100 / 96, 81.0, 119.0)
    >>> within([one] * 10)
    Within(inside=10, expected=3.9, low=1, high=7)
    """
    if not groups:
        return None
    least, most = 1 - reach, 1 + reach
    inside = sum(one.ratio is not None and least <= one.ratio <= most for one in groups)
    total = np.ones(1)
    for one in groups:
        scatter = max((one.high - one.expected) / Z, 1e-9)
        first, last = np.ceil(one.expected / most), np.floor(one.expected / least)
        below, above = ((edge - one.expected) / scatter / np.sqrt(2) for edge in (first - 0.5, last + 0.5))
        chance = max(0.0, (erf(above) - erf(below)) / 2)
        total = np.convolve(total, [1 - chance, chance])
    reached = np.cumsum(total)
    low, high = (int(np.searchsorted(reached, part)) for part in (0.05, 0.95))
    return Within(inside, round(float(total @ np.arange(len(total))), 1), low, high)


def best_first(score: Floats) -> NDArray[np.int64]:
    """The order of the rows, the highest score first; equal ones in a fixed shuffled order."""
    shuffled = np.random.default_rng(0).permutation(len(score))
    return np.asarray(shuffled[np.argsort(-score[shuffled], kind="stable")])


def ranks(score: Floats) -> Floats:
    """(rows,) from 1, equal scores share the mean of their ranks."""
    _, place, counts = np.unique(score, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[place])
