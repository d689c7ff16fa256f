"""Churn: who has gone quiet, judged by their own rhythm, and whom it is worth calling back.

For somebody who bought every week, three silent weeks say much, for somebody who buys once a year nothing. Two
figures say how much. ``alive`` is the chance of BG/NBD (`bgnbd`) to be still a customer. ``quiet`` is the chance of a
silence as long as this one, or longer, if the rhythm had stayed what it was:

    P(no purchase in (t_x, T] | x, t_x) = ((alpha + t_x) / (alpha + T))^(r + x)

The second is needed where BG/NBD finds that nobody ever leaves for good: a rhythm can break all the same. At stake is
the money of a year at the rhythm they had. The model is judged first on the last weeks, which it has not seen.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from salience.events import InvalidInput
from salience.mine import bgnbd
from salience.mine.purchases import WEEK, Purchases

YEAR = 52.0
GONE, FADING = (0.25, 0.01), (0.6, 0.1)
"""(alive, quiet) below one of which somebody who bought twice counts as gone, or as fading."""

STATES = ("active", "fading", "gone", "bought once")

NEVER = 1e-3
"""Chance to leave after a purchase below which nobody does, as far as the log shows."""

LEAST = 20
"""Customers with a repeat purchase below which the model is not fitted."""


class Customer(Struct, frozen=True):
    """``silent_days`` since the last purchase, ``usual_gap_days`` between purchases (None after a single one).

    ``alive`` is the chance to be still a customer, ``quiet`` that of such a silence at their own rhythm, ``expected``
    the purchases of the coming weeks, ``at_stake`` the money of a year at that rhythm if they are fading or gone, else
    0. ``state`` is one of `STATES`.
    """

    customer: str
    silent_days: int
    usual_gap_days: float | None
    purchases: int
    alive: float
    quiet: float
    expected: float
    at_stake: float
    state: str


class Check(Struct, frozen=True):
    """On the last ``weeks`` of the log: ``auc`` of the chance to be alive for who bought in them, the purchases that
    were expected and those that came; ``chance`` is the standard error of the AUC without any signal."""

    weeks: int
    customers: int
    auc: float | None
    chance: float
    expected: float
    actual: float


class Churn(Struct, frozen=True):
    """``customers`` with most at stake first; ``verdict`` says whether to trust the chances. ``immortal``: as far as
    the log shows nobody leaves for good, so ``alive`` says nothing and the rhythm alone counts."""

    weeks: int
    customers: tuple[Customer, ...]
    states: dict[str, int]
    check: Check | None
    verdict: str
    immortal: bool = False


def churn(purchases: Purchases, day: int, *, weeks: int = 13) -> Churn:
    """As known at the end of ``day``, looking ``weeks`` ahead."""
    if weeks < 1:
        raise InvalidInput("weeks", weeks, "must be at least 1")
    known = purchases.until(day)
    if int((known.frequency > 0).sum()) < LEAST:
        rule = f"fewer than {LEAST} customers have bought again"
        raise InvalidInput("purchases", int((known.frequency > 0).sum()), rule, "wait for more, or see `rfm`")
    model = bgnbd.fit(known)
    alive, expected = model.alive(known), model.expected(known, weeks)
    counts, money = purchases.bought(known.codes, int(purchases.days.min()) - 1, day)
    silent = np.rint((known.age - known.recency) * WEEK).astype(np.int64)
    gap = np.where(known.frequency > 0, known.recency * WEEK / np.maximum(known.frequency, 1), np.inf)
    again = known.frequency > 0
    alpha, r = model.alpha, model.r
    quiet = np.exp((r + known.frequency) * np.log((alpha + known.recency) / (alpha + known.age)))
    gone, fading = ((alive < limit) | (quiet < chance) for limit, chance in (GONE, FADING))
    states = np.where(~again, "bought once", np.where(gone, "gone", np.where(fading, "fading", "active")))
    # a burst of a week is no rhythm: nobody counts as buying more in a year than they did in the time they are known
    rate = np.minimum(7 * YEAR / np.maximum(gap, 1.0), counts * YEAR / np.clip(known.age, 1.0, YEAR))
    stake = np.where(again & (gone | fading), rate * money / np.maximum(counts, 1), 0.0)
    order = np.lexsort((known.codes, -stake))
    check, immortal = _check(purchases, day, weeks), model.a / (model.a + model.b) < NEVER
    return Churn(
        weeks=weeks,
        customers=tuple(
            Customer(
                customer=purchases.customers[known.codes[at]],
                silent_days=int(silent[at]),
                usual_gap_days=None if np.isinf(gap[at]) else float(gap[at]),
                purchases=int(counts[at]),
                alive=float(alive[at]),
                quiet=float(quiet[at]),
                expected=float(expected[at]),
                at_stake=float(stake[at]),
                state=str(states[at]),
            )
            for at in order.tolist()
        ),
        states={name: int((states == name).sum()) for name in STATES},
        check=check,
        verdict=_verdict(check, immortal=immortal),
        immortal=immortal,
    )


def _check(purchases: Purchases, day: int, weeks: int) -> Check | None:
    """Fitted on what was known ``weeks`` earlier; None if that leaves too little."""
    cut = day - int(WEEK) * weeks
    if cut <= int(purchases.days.min()):
        return None
    past = purchases.until(cut)
    if int((past.frequency > 0).sum()) < LEAST:
        return None
    model = bgnbd.fit(past)
    counts, _ = purchases.bought(past.codes, cut, day)
    # the chance to buy at all in these weeks, not only to be alive: a slow customer is alive and does not buy
    score, bought = model.expected(past, weeks), counts > 0
    n, m = int(bought.sum()), int((~bought).sum())
    chance = float(np.sqrt((n + m + 1) / (12 * n * m))) if n and m else 0.0
    return Check(weeks, len(counts), auc(score, bought), chance, float(score.sum()), float(counts.sum()))


def auc(score: NDArray[np.float64], positive: NDArray[np.bool_]) -> float | None:
    """The chance that a positive one has the higher score; equal scores count half. None without both kinds.

    >>> auc(np.array([0.1, 0.2, 0.2, 0.9]), np.array([False, False, True, True]))
    0.875
    """
    n, m = int(positive.sum()), int((~positive).sum())
    if not n or not m:
        return None
    ordered = np.sort(score)
    rank = (np.searchsorted(ordered, score, "left") + np.searchsorted(ordered, score, "right") + 1) / 2
    return float((rank[positive].sum() - n * (n + 1) / 2) / (n * m))


def _verdict(check: Check | None, *, immortal: bool) -> str:
    if check is None or check.auc is None:
        return "the log is too short to test these chances on weeks that were not learned from"
    came = f"{check.expected:,.0f} purchases expected, {check.actual:,.0f} came"
    told = f"on the last {check.weeks} weeks, not learned from: AUC {check.auc:.2f}, {came}"
    if check.auc < 0.5 + 2 * check.chance:
        return f"no signal: {told}. Do not act on these chances"
    if immortal:
        return (
            f"{told}. As far as the log shows hardly anybody leaves for good: silence is a pause, and worth a reminder"
        )
    return told
