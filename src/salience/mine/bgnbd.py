"""BG/NBD: how many purchases are still to come, and whether a customer is still one (Fader, Hardie & Lee 2005).

"Counting your customers" the easy way: An alternative to the Pareto/NBD model, Marketing Science 24(2). While alive a
customer buys at rate lambda ~ gamma(r, alpha); after each purchase they leave with chance p ~ beta(a, b).
With x repeat purchases, the last at week t_x, seen for T weeks, the likelihood is (their equation 6)

    B(a, b+x)/B(a, b) G(r+x) alpha^r / (G(r) (alpha+T)^(r+x))
      + [x > 0] B(a+1, b+x-1)/B(a, b) G(r+x) alpha^r / (G(r) (alpha+t_x)^(r+x))
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from salience.events.fault import InvalidInput
from salience.mine.purchases import Summary

Floats = NDArray[np.float64]
STARTS = ((1.0, 1.0, 1.0, 1.0), (0.3, 5.0, 0.8, 2.5), (1.0, 20.0, 0.3, 3.0))
LARGEST = 12.0  # of the logarithms: beyond, the likelihood is flat


@dataclass(frozen=True)
class BGNBD:
    """Fitted: rates vary as gamma(``r``, ``alpha`` weeks), chances to leave as beta(``a``, ``b``)."""

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float

    def expected(self, of: Summary, weeks: float) -> Floats:
        """Purchases in the next ``weeks``, given the past: E(Y(t) | x, t_x, T), their equation 10.

        (a+b+x-1)/(a-1) [1 - ((alpha+T)/(alpha+T+t))^(r+x) 2F1(r+x, b+x; a+b+x-1; t/(alpha+T+t))]
          / (1 + [x > 0] a/(b+x-1) ((alpha+T)/(alpha+t_x))^(r+x))
        """
        a = self.a if abs(self.a - 1) > 1e-6 else 1 + 1e-6  # the equation has a removable pole at 1
        x, end = of.frequency, self.alpha + of.age + weeks
        tail = special.hyp2f1(self.r + x, self.b + x, a + self.b + x - 1, weeks / end)
        still = 1 - np.exp((self.r + x) * np.log((self.alpha + of.age) / end)) * tail
        return np.asarray(np.maximum((a + self.b + x - 1) / (a - 1) * still * self.alive(of), 0.0))

    def alive(self, of: Summary) -> Floats:
        """P(alive | x, t_x, T): 1 without a repeat purchase, for one leaves only after a purchase."""
        x = of.frequency
        odds = (self.r + x) * np.log((self.alpha + of.age) / (self.alpha + of.recency))
        gone = np.exp(np.minimum(odds, 700)) * self.a / np.maximum(self.b + x - 1, 1e-12)
        return np.asarray(np.where(x > 0, 1 / (1 + gone), 1.0))


def fit(of: Summary) -> BGNBD:
    """Maximum likelihood, from several starts. Somebody must have bought again."""
    if not (of.frequency > 0).any():
        raise InvalidInput("transactions", len(of.frequency), "nobody bought again", "give a longer history")
    # one term for all who have the same past: shops have many customers with a single purchase
    pasts, counts = np.unique(np.column_stack((of.frequency, of.recency, of.age)), axis=0, return_counts=True)
    x, recency, age = pasts.T
    total = float(counts.sum())

    def loss(logs: Floats) -> float:
        r, alpha, a, b = np.exp(logs)
        return -float(counts @ _log_likelihood(r, alpha, a, b, x, recency, age)) / total

    bounds = [(-LARGEST, LARGEST)] * 4
    found = [
        optimize.minimize(loss, np.log(start), method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-13, "gtol": 1e-8})
        for start in STARTS
    ]
    best = min(found, key=lambda one: float(one.fun))
    r, alpha, a, b = (float(value) for value in np.exp(best.x))
    return BGNBD(r, alpha, a, b, -float(best.fun) * total)


def _log_likelihood(r: float, alpha: float, a: float, b: float, x: Floats, recency: Floats, age: Floats) -> Floats:
    """Equation 6, in logarithms: the two ways to have been silent since the last purchase."""
    shared = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha) - special.betaln(a, b)
    alive = special.betaln(a, b + x) - (r + x) * np.log(alpha + age)
    again = np.maximum(x, 1)
    gone = special.betaln(a + 1, b + again - 1) - (r + x) * np.log(alpha + recency)
    return np.asarray(shared + np.where(x > 0, np.logaddexp(alive, gone), alive))
