"""Gamma-gamma: what a customer's purchases are worth on average (Fader, Hardie & Lee 2005b; Fader & Hardie 2013).

A purchase is worth gamma(p, nu), and nu ~ gamma(q, gamma) over the customers. For the mean z of x purchases

    ln f(z | x) = ln G(px+q) - ln G(px) - ln G(q) + q ln gamma + (px-1) ln z + px ln x - (px+q) ln(gamma + xz)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from salience.events.fault import InvalidInput
from salience.mine.purchases import Summary

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class GammaGamma:
    """Fitted: a purchase has the shape ``p``; its scale varies with ``q`` and ``gamma`` over the customers."""

    p: float
    q: float
    gamma: float
    log_likelihood: float

    def expected(self, of: Summary) -> Floats:
        """E(Z | z, x) = p (gamma + x z) / (p x + q - 1): who bought seldom is drawn to the mean of all.

        Without a repeat purchase, it is the mean of all. With q <= 1 that mean does not exist and q - 1 counts as 0.
        """
        weight = self.p * of.frequency + max(self.q - 1, 1e-9)
        return np.asarray(self.p * (self.gamma + of.frequency * of.spend) / weight)


def fit(of: Summary) -> GammaGamma:
    """Maximum likelihood over those with a repeat purchase of a value above 0."""
    usable = (of.frequency > 0) & (of.spend > 0)
    if usable.sum() < 2:
        raise InvalidInput("transactions", int(usable.sum()), "too few customers with a repeat value", "give values")
    x, z = of.frequency[usable], of.spend[usable]
    unit = float(z.mean())  # the model is the same in every currency: searched in units of the mean
    z = z / unit

    def loss(logs: Floats) -> float:
        p, q, gamma = np.exp(logs)
        px = p * x
        each = special.gammaln(px + q) - special.gammaln(px) - special.gammaln(q) + q * np.log(gamma)
        each = each + (px - 1) * np.log(z) + px * np.log(x) - (px + q) * np.log(gamma + x * z)
        return -float(each.mean())

    best = optimize.minimize(loss, np.log([3.0, 3.0, 1.0]), method="L-BFGS-B", bounds=[(-9, 9)] * 3)
    p, q, gamma = (float(value) for value in np.exp(best.x))
    return GammaGamma(p, q, gamma * unit, -float(best.fun) * len(x) - len(x) * float(np.log(unit)))
