"""A page that is read from the top: contexts, K actions, L positions; a click ends the reading.

theta_a ~ N(0, I), x ~ N(0, I / d); an action draws the reader with chance sigmoid(2 theta_a . x - 1);
the first that draws them is clicked (reward 1 there), the positions below are never seen. Not drawn: they read on with
chance ``patience``. The best page is the one in decreasing order of attraction (Kveton et al. 2015).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Slate:
    """``x``: (T, d); ``draw``: (T, K) attraction; ``luck``: (T, L, 2) uniforms of clicking and of reading on."""

    x: Floats
    draw: Floats
    luck: Floats
    patience: float

    def click(self, at: int, page: list[int]) -> int:
        """The position that was clicked, or -1."""
        for place, action in enumerate(page):
            if self.luck[at, place, 0] < self.draw[at, action]:
                return place
            if self.luck[at, place, 1] >= self.patience:
                return -1
        return -1

    def value(self, at: int, page: list[int]) -> float:
        """The chance of any click."""
        reads, value = 1.0, 0.0
        for action in page:
            value += reads * float(self.draw[at, action])
            reads *= (1.0 - float(self.draw[at, action])) * self.patience
        return value

    def best(self, at: int, length: int) -> float:
        """The value of the best page."""
        return self.value(at, np.argsort(-self.draw[at], kind="stable")[:length].tolist())


def slate(
    seed: int, *, rounds: int = 4000, actions: int = 12, length: int = 4, features: int = 5, patience: float = 0.9
) -> Slate:
    """Seeded."""
    rng = np.random.default_rng([seed, 11])
    theta = rng.normal(size=(actions, features))
    x = rng.normal(size=(rounds, features)) / np.sqrt(features)
    draw = 1 / (1 + np.exp(-(2 * x @ theta.T - 1.0)))
    return Slate(x, draw, rng.random((rounds, length, 2)), patience)
