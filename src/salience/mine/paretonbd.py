"""Pareto/NBD: like BG/NBD, but a customer may leave at any time and not only after a purchase (Schmittlein, Morrison &
Colombo 1987, "Counting your customers: who are they and what will they do next?").

While alive a customer buys at rate lambda ~ gamma(r, alpha) and leaves at rate mu ~ gamma(s, beta). With x repeat
purchases, the last at week t_x, seen for T weeks, the likelihood is that of being alive still, or of having left at
any week u since the last purchase:

    G(r+x) alpha^r beta^s / G(r) [ (alpha+T)^-(r+x) (beta+T)^-s
                                   + s integral from t_x to T of (alpha+u)^-(r+x) (beta+u)^-(s+1) du ]

The integral has a closed form of hypergeometric functions that loses its digits for large x; here it is summed in
ln(alpha + u), by Gauss and Legendre.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from salience.events.fault import InvalidInput
from salience.mine.purchases import Summary

Floats = NDArray[np.float64]
STARTS = ((0.5, 10.0, 0.6, 12.0), (1.0, 5.0, 1.0, 50.0))
LARGEST = 8.0  # of the logarithms: beyond, rates are all alike
NODES, WEIGHTS = np.polynomial.legendre.leggauss(32)
MOST = 20_000
"""Customers that a fit looks at: with more, their standard errors are below a hundredth already."""


@dataclass(frozen=True)
class ParetoNBD:
    """Fitted: rates to buy vary as gamma(``r``, ``alpha`` weeks), rates to leave as gamma(``s``, ``beta`` weeks)."""

    r: float
    alpha: float
    s: float
    beta: float
    log_likelihood: float

    def expected(self, of: Summary, weeks: float) -> Floats:
        """Purchases in the next ``weeks``, given the past.

        P(alive) (r+x) (beta+T) / ((alpha+T) (s-1)) [1 - ((beta+T)/(beta+T+t))^(s-1)]
        """
        s = self.s if abs(self.s - 1) > 1e-6 else 1 + 1e-6  # the equation has a removable pole at 1
        known = self.beta + of.age
        stays = known / (s - 1) * -np.expm1((s - 1) * np.log(known / (known + weeks)))
        return np.asarray(self.alive(of) * (self.r + of.frequency) / (self.alpha + of.age) * stays)

    def alive(self, of: Summary) -> Floats:
        """P(alive | x, t_x, T)."""
        staying, left = _ways(self.r, self.alpha, self.s, self.beta, of.frequency, of.recency, of.age)
        return np.asarray(special.expit(staying - left))


def fit(of: Summary, *, seed: int = 0) -> ParetoNBD:
    """Maximum likelihood, from several starts, on `MOST` customers at most. Somebody must have bought again."""
    if not (of.frequency > 0).any():
        raise InvalidInput("transactions", len(of.frequency), "nobody bought again", "give a longer history")
    rows = np.column_stack((of.frequency, of.recency, of.age))
    share = 1.0
    if len(rows) > MOST:
        share = len(rows) / MOST
        rows = rows[np.random.default_rng(seed).choice(len(rows), MOST, replace=False)]
    pasts, counts = np.unique(rows, axis=0, return_counts=True)
    x, recency, age = pasts.T
    total = float(counts.sum())

    def loss(logs: Floats) -> float:
        r, alpha, s, beta = np.exp(logs)
        return -float(counts @ _log_likelihood(r, alpha, s, beta, x, recency, age)) / total

    bounds = [(-LARGEST, LARGEST)] * 4
    found = [optimize.minimize(loss, np.log(start), method="L-BFGS-B", bounds=bounds) for start in STARTS]
    best = min(found, key=lambda one: float(one.fun))
    r, alpha, s, beta = (float(value) for value in np.exp(best.x))
    return ParetoNBD(r, alpha, s, beta, -float(best.fun) * total * share)


def _log_likelihood(r: float, alpha: float, s: float, beta: float, x: Floats, recency: Floats, age: Floats) -> Floats:
    shared = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    return np.asarray(shared + np.logaddexp(*_ways(r, alpha, s, beta, x, recency, age)))


def _ways(
    r: float, alpha: float, s: float, beta: float, x: Floats, recency: Floats, age: Floats
) -> tuple[Floats, Floats]:
    """Logarithms of the two terms in brackets: alive still, left since the last purchase."""
    staying = -(r + x) * np.log(alpha + age) - s * np.log(beta + age)
    low, high = np.log(alpha + recency), np.log(alpha + age)
    half = (high - low)[:, None] / 2
    place = (high + low)[:, None] / 2 + half * NODES
    inside = (1 - (r + x))[:, None] * place - (s + 1) * np.log(beta - alpha + np.exp(place))
    with np.errstate(divide="ignore"):  # who bought on the last day cannot have left since
        left = np.log(s) + special.logsumexp(inside, axis=1, b=WEIGHTS * half)
    return staying, np.asarray(left)
