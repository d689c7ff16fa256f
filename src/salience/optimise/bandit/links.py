"""How a score becomes an expected reward, and what one reward says about the score."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LARGEST = 30.0


class Link(Protocol):
    """``z``: a score; ``r``: a reward in [-1, 1]."""

    name: str

    def expected(self, z: Floats) -> Floats:
        """The expected reward of scores."""
        ...

    def step(self, z: float, r: float) -> tuple[float, float]:
        """(slope of the log likelihood, its curvature) at one reward."""
        ...

    def evidence(self, z: float, variance: float, r: float) -> float:
        """The log likelihood of a reward before it was seen."""
        ...


class Logistic:
    """Rewards as the chance of success: r ~ Bernoulli(1 / (1 + exp(-z))), also for shares and small losses.

    slope r - p, curvature p (1 - p); the evidence takes MacKay's (1992) approximation of the mean over a normal score.
    """

    name = "logistic"

    def expected(self, z: Floats) -> Floats:
        """The chance."""
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(z, -LARGEST, LARGEST))))

    def step(self, z: float, r: float) -> tuple[float, float]:
        """At a chance p."""
        p = 1.0 / (1.0 + float(np.exp(-min(max(z, -LARGEST), LARGEST))))
        return r - p, max(p * (1.0 - p), 1e-6)

    def evidence(self, z: float, variance: float, r: float) -> float:
        """Of a share r as so much of a success."""
        damped = min(max(z / float(np.sqrt(1.0 + np.pi * variance / 8.0)), -LARGEST), LARGEST)
        share = min(max(r, 0.0), 1.0)
        return -share * float(np.log1p(np.exp(-damped))) - (1.0 - share) * float(np.log1p(np.exp(damped)))


class Gaussian:
    """Rewards as numbers: r ~ N(z, noise), noise 1/4: that of a coin, the largest of anything between 0 and 1."""

    name = "gaussian"
    noise = 0.25

    def expected(self, z: Floats) -> Floats:
        """The score itself."""
        return z

    def step(self, z: float, r: float) -> tuple[float, float]:
        """Of the normal density."""
        return (r - z) / self.noise, 1.0 / self.noise

    def evidence(self, z: float, variance: float, r: float) -> float:
        """Of the normal density, with the score's own doubt."""
        total = self.noise + variance
        return -0.5 * ((r - z) ** 2 / total + float(np.log(total)))
