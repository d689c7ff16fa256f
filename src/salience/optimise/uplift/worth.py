"""What treating the best share of people is worth, under a budget or at a cost, on rows that were not learned from.

The first b of the rows by score are treated. Gain per person of the whole population, against treating nobody:
  G(b) = b (Y1(b) - Y0(b)) - b c
with Y1, Y0 the means of the outcome among the treated and the control rows of the first b (weighed by 1 / e and
1 / (1 - e), normalised) and c the cost of treating one, in units of the outcome. Treating a random share b instead
gains b (ATE - c). The interval is normal, of independent rows, at a share that was not chosen on these rows.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from salience.events.fault import InvalidInput
from salience.optimise.uplift.curves import Span
from salience.optimise.uplift.trial import Floats, Rows, Trial

SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
Z = 1.959964


class Worth(Struct, frozen=True):
    """Gain per person when the first ``share`` is treated; ``random``: of a random share as large."""

    share: float
    gain: Span
    random: float


class Audience(Struct, frozen=True):
    """Whom to treat: everybody whose score is at least ``threshold``; None: nobody. ``why`` in words."""

    share: float
    threshold: float | None
    why: str


def worth(score: Floats, trial: Trial, *, cost: float = 0.0, shares: Sequence[float] = SHARES) -> tuple[Worth, ...]:
    """One line a share."""
    order = np.argsort(-np.asarray(score), kind="stable")
    whole = effect(trial, order)
    found = []
    for share in shares:
        rows = order[: max(1, round(share * len(order)))]
        part = effect(trial, rows)
        gain = Span(*(share * (value - cost) for value in (part.value, part.low, part.high)))
        found.append(Worth(share, gain, share * (whole.value - cost)))
    return tuple(found)


def effect(trial: Trial, rows: Rows | None = None) -> Span:
    """The average effect of the treatment on these rows, with its interval; 0 +- infinity if an arm is empty."""
    part = trial if rows is None else trial.rows(rows)
    means, variance = [], 0.0
    for arm, chance in ((1, part.propensity), (0, 1 - part.propensity)):
        there = part.treated == arm
        if there.sum() < 2:
            return Span(0.0, -np.inf, np.inf)
        w, y = 1 / chance[there], part.outcome[there]
        mean = float(w @ y / w.sum())
        means.append(mean)
        variance += float(w**2 @ (y - mean) ** 2 / w.sum() ** 2)
    value = means[0] - means[1]
    return Span(value, value - Z * variance**0.5, value + Z * variance**0.5)


def audience(score: Floats, trial: Trial, *, usable: bool, cost: float = 0.0, budget: float = 1.0) -> Audience:
    """Whom to treat: of ``score`` out of fold on the rows learned from; at most the share ``budget`` of the people.

    If differences are not usable, everybody or nobody, by the average effect; a budget below 1 is then drawn at random.
    """
    if not 0 < budget <= 1:
        raise InvalidInput("budget", budget, "is not a share above 0 and at most 1", "0.3 treats up to three in ten")
    average = effect(trial)
    if not usable:
        if average.low > cost:
            why = "people do not differ usably and treating gains on average: treat everybody, or a random share"
            return Audience(budget, -np.inf if budget == 1 else None, why)
        return Audience(0.0, None, "people do not differ usably and treating does not gain for certain: treat nobody")
    shares = [share for share in SHARES if share < budget] + [budget]
    lines = worth(score, trial, cost=cost, shares=shares)
    best = max(lines, key=lambda line: line.gain.value)
    if best.gain.value <= 0:
        return Audience(0.0, None, "no share gains more than it costs")
    threshold = float(np.sort(score)[::-1][max(1, round(best.share * len(score))) - 1])
    return Audience(best.share, threshold, f"the first {best.share:.0%} by score gain most within the budget")
