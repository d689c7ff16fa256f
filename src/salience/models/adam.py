"""Adam (Kingma and Ba 2015, "Adam: A Method for Stochastic Optimization"), for the few models that learn by gradients.

m = .9 m + .1 g,   v = .999 v + .001 g^2,   p = p - rate * (m / (1 - .9^t)) / (sqrt(v / (1 - .999^t)) + 1e-8)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from salience.models.model import Floats

FIRST, SECOND, TINY = 0.9, 0.999, 1e-8


class Adam:
    """Moves ``parameters``, float32 arrays that it changes in place, by one step per gradient."""

    def __init__(self, parameters: Sequence[Floats], rate: float) -> None:
        self._parameters = parameters
        self._rate = rate
        self._first = [np.zeros_like(p) for p in parameters]
        self._second = [np.zeros_like(p) for p in parameters]
        self._steps = 0

    def step(self, gradients: Sequence[Floats]) -> None:
        """One step downhill; a gradient per parameter, in order."""
        self._steps += 1
        size = np.float32(self._rate * np.sqrt(1 - SECOND**self._steps) / (1 - FIRST**self._steps))
        for p, g, m, v in zip(self._parameters, gradients, self._first, self._second, strict=True):
            m[...] += np.float32(1 - FIRST) * (g - m)
            v[...] += np.float32(1 - SECOND) * (g * g - v)
            p[...] -= size * m / (np.sqrt(v) + np.float32(TINY))
