"""A learned lifetime value: a model of buying, corrected by what later weeks of the same log said it had missed.

Such a model (`salience.mine.buying`) knows how often, how lately and for how long somebody bought. It does not know
whether they bought more lately than before, nor for how much. At an earlier day, as many weeks ago as are asked about,
let E_i be what it, fitted on the days until then, expected of customer i, z_i what was known of them by then (in
standard deviations) and y_i the purchases that came since. A Poisson regression with offset ln E_i learns the
correction,

    min over b, w of  sum over i of (mu_i - y_i ln mu_i)  +  ridge |w|^2 / 2,      mu_i = E_i exp(b + z_i w)

and the same correction is applied to what the model, fitted on everything, expects of the weeks to come. ``ridge`` is
the best over folds of the customers. It is used only if mu beats E there beyond doubt (Poisson deviance, paired), and
only where the log is twice as long as the weeks asked about: learned on fewer, it would foresee too little of more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from salience.mine import bgnbd
from salience.mine.buying import Buying, Fit
from salience.mine.purchases import WEEK, Purchases, Summary

Floats = NDArray[np.float64]
WINDOWS = (4, 13, 26)  # weeks
RIDGES = (1.0, 10.0, 100.0, 1000.0)
FOLDS = 5
LEAST = 100  # customers known at the earlier day
FARTHEST = 3.0  # standard deviations
Z = 1.959964
COLUMNS = ("purchases", "last one", "age", "rhythm", "spend", *(f"last {weeks} weeks" for weeks in WINDOWS))


@dataclass(frozen=True)
class LearnedValue:
    """``weights`` of `COLUMNS`; ``gain``: deviance that it saves a customer, on customers it had not seen, with its
    95 % interval. ``used``: whether that is beyond doubt; else `expected` is the model's own."""

    centre: Floats
    width: Floats
    weights: Floats
    bias: float
    weeks: int
    gain: float
    low: float
    high: float
    used: bool

    def expected(self, known: Purchases, model: Buying, day: int) -> Floats:
        """Purchases in the ``weeks`` after ``day``, of each customer in ``known.until(day)``."""
        past = known.until(day)
        base = model.expected(past, self.weeks)
        return base * np.exp(self.bias + _apart(columns(known, past, day), self) @ self.weights) if self.used else base


def fit(known: Purchases, day: int, weeks: int, *, base_fit: Fit = bgnbd.fit, seed: int = 0) -> LearnedValue | None:
    """Learned on the days until ``day``, over the model that ``base_fit`` fits. None where they are fewer than
    twice the weeks, or customers are too few."""
    earlier = day - int(weeks * WEEK)
    if earlier - int(known.days.min()) < weeks * WEEK:
        return None
    past = known.until(earlier)
    if len(past.codes) < LEAST or not (past.frequency > 0).any():
        return None
    base = np.maximum(base_fit(past).expected(past, weeks), 1e-9)
    came, _ = known.bought(past.codes, earlier, day)
    raw = columns(known, past, earlier)
    centre, spread = raw.mean(axis=0), raw.std(axis=0)
    made = LearnedValue(
        centre, np.where(spread > 1e-9, spread, 1e9), np.zeros(raw.shape[1]), 0.0, weeks, 0.0, 0.0, 0.0, used=False
    )
    z = _apart(raw, made)
    fold = np.random.default_rng(seed).permutation(len(came)) % FOLDS
    saved = np.stack([_saved(z, base, came, fold, ridge) for ridge in RIDGES])
    best = int(np.argmax(saved.mean(axis=1)))
    gain, error = float(saved[best].mean()), float(saved[best].std(ddof=1) / np.sqrt(len(came)))
    bias, slopes = _regression(z, base, came, RIDGES[best])
    low, high = gain - Z * error, gain + Z * error
    return LearnedValue(made.centre, made.width, slopes, bias, weeks, gain, low, high, used=low > 0)


def columns(known: Purchases, past: Summary, day: int) -> Floats:
    """(customers, `COLUMNS`) as of the end of ``day``: logarithms of counts, and places within the time since the first
    purchase."""
    age = np.maximum(past.age, 1 / WEEK)
    usual = past.recency / np.maximum(past.frequency, 1)
    silence = np.where(past.frequency > 0, (past.age - past.recency) / np.maximum(usual, 1 / WEEK), 0.0)
    lately = [np.log1p(known.bought(past.codes, day - int(weeks * WEEK), day)[0]) for weeks in WINDOWS]
    told = (np.log1p(past.frequency), past.recency / age, np.log1p(age), np.log1p(silence), np.log1p(past.spend))
    return np.stack([*told, *lately], axis=1)


def _apart(raw: Floats, made: LearnedValue) -> Floats:
    return np.asarray(((raw - made.centre) / made.width).clip(-FARTHEST, FARTHEST))


def _saved(z: Floats, base: Floats, came: Floats, fold: NDArray[np.int64], ridge: float) -> Floats:
    """(customers,) deviance saved against the model, each by a correction of the other folds."""
    told = np.zeros(len(came))
    for part in range(FOLDS):
        inside = fold != part
        bias, weights = _regression(z[inside], base[inside], came[inside], ridge)
        told[~inside] = base[~inside] * np.exp(bias + z[~inside] @ weights)
    return 2 * ((base - came * np.log(base)) - (told - came * np.log(told)))


def _regression(z: Floats, base: Floats, came: Floats, ridge: float) -> tuple[float, Floats]:
    def loss(v: Floats) -> tuple[float, Floats]:
        moved = v[0] + z @ v[1:]
        mean = base * np.exp(np.clip(moved, -30, 30))
        value = float((mean - came * moved).sum() + ridge * (v[1:] ** 2).sum() / 2)
        pull = mean - came
        return value, np.concatenate([[pull.sum()], pull @ z + ridge * v[1:]])

    found = optimize.minimize(loss, np.zeros(z.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
    return float(found[0]), found[1:]
