"""What to believe after an early stop: the estimate at that moment is too large, because it was large that it stopped.

With the outcomes in stage-wise order (stopping earlier on the upper side beats stopping later, which beats ...), let
P(drift) be the probability of an outcome at least as high as the one seen. It rises with the drift; where it is 1/2 is
the median-unbiased estimate, where it is alpha/2 and 1 - alpha/2 are the limits of a 1 - alpha interval (Tsiatis,
Rosner, Mehta, Biometrics 1984).
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from scipy.optimize import brentq

from salience.optimise.experiments.spending import Walk


class Corrected(Struct, frozen=True):
    """In standard errors at the information N: times the standard error at the stop and sqrt(t) it is an effect."""

    middle: float
    low: float
    high: float


def corrected(fractions: Sequence[float], limits: Sequence[float], z: float, alpha: float = 0.05) -> Corrected:
    """The drift of B(1) behind ``z`` at the last of the looks, when none of those before had crossed its bound.

    >>> corrected((0.5, 1.0), (2.963, 1.969), 3.2).middle < 3.2 / 0.5**0.5
    True
    """
    t, level = fractions[-1], z * fractions[-1] ** 0.5

    def higher(drift: float) -> float:
        walk, up = Walk(drift), 0.0
        for fraction, limit in zip(fractions[:-1], limits[:-1], strict=True):
            up += walk.look(fraction, limit)[0]
        return up + walk.above(t, level)

    centre, wide = z / t**0.5, 12.0 / t**0.5

    def drift_at(probability: float) -> float:
        return float(brentq(lambda d: higher(d) - probability, centre - wide, centre + wide, xtol=1e-6))

    return Corrected(drift_at(0.5), drift_at(alpha / 2), drift_at(1 - alpha / 2))
