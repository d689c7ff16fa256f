"""A floor that is not for sale: the most attention among the choices whose benefit to people stays above it.

Where clicks and benefit pull apart, a weight between them only sets a price. Here benefit is a constraint. With c_k the
attention and b_k the benefit of choice k, each round draws from the solution of

    max_p  sum_k p_k c_k   such that   sum_k p_k b_k >= target,   p_k >= least,   sum_k p_k = 1,

which mixes two choices at most, beside the least that keeps every choice judgeable. What is not known yet is taken
hopefully (an upper bound of c, half of one of b), so that it is tried. What is *booked* is taken doubtfully: the
benefit so far counts with its lower confidence bound, and what is missing from the floor is added to the target of the
next rounds. So the floor holds for what really happened, not for what was believed. Benefit is often asked of some
people only; the fewer answer, the more attention the same certainty costs.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Floats = NDArray[np.float64]
HOPE = 0.5
DOUBT = 2.0
"""Standard errors by which benefit is believed lower when it is booked: about 97.5 % one-sided."""
SURE = 1.6448536269514722
"""Standard errors of the lower bound that is told: 95 % one-sided. Fewer than are booked, so a kept floor shows."""
FEW = 30
"""Answers before anything is said to be broken."""
PATIENCE = 500.0
"""Rounds over which what is missing is made up for."""


def allocation(attention: Floats, benefit: Floats, target: Floats, least: float = 0.0) -> Floats:
    """(..., K) probabilities; where no choice reaches the target, all but the least goes to the most beneficial one.

    >>> allocation(np.array([0.4, 0.2]), np.array([0.0, 1.0]), np.array(0.5)).tolist()
    [0.5, 0.5]
    """
    c, b = np.atleast_2d(attention), np.atleast_2d(benefit)
    runs, k = c.shape
    free = 1 - k * least
    need = (np.broadcast_to(target, (runs,)) - least * b.sum(1)) / free
    best, found = np.full(runs, -np.inf), np.eye(k)[b.argmax(1)]
    for i in range(k):
        for j in range(k):
            low, high = b[:, i], b[:, j]
            mixed = (low < need) & (high > need)
            share = np.where(mixed, (need - low) / np.where(high > low, high - low, 1.0), 0.0)
            fits = mixed if i != j else high >= need
            value = np.where(fits, (1 - share) * c[:, i] + share * c[:, j], -np.inf)
            better = np.flatnonzero(value > best)
            best[better] = value[better]
            found[better] = 0.0
            found[better, i] += 1 - share[better]
            found[better, j] += share[better]
    return np.asarray(least + free * found).reshape(np.shape(attention))


class Held(Struct, frozen=True):
    """The floor beside what was booked: ``benefit`` with its lower bound, ``attention`` a round; ``said`` in words."""

    floor: float
    benefit: float
    low: float
    attention: float
    said: str


@dataclass
class Floor:
    """What was shown and what came of it, (runs, choices) each; one run is a batch of one.

    ``floor``: (runs,) the least mean benefit. ``spread``: the standard deviation of one answer about benefit.
    """

    floor: Floats
    choices: int
    spread: float
    least: float = 0.0005
    shown: Floats = field(init=False)
    gained: Floats = field(init=False)
    answers: Floats = field(init=False)
    answered: Floats = field(init=False)

    def __post_init__(self) -> None:
        shape = (len(self.floor), self.choices)
        self.shown, self.gained, self.answers, self.answered = (np.zeros(shape) for _ in range(4))

    def probabilities(self) -> Floats:
        """(runs, choices) of the next rounds."""
        rounds = self.shown.sum(1)
        c = (self.gained + 0.5) / (self.shown + 1)
        hope = np.sqrt(np.log(rounds + 2)[:, None] * c * (1 - c) / (self.shown + 1))
        b = self._benefit() + HOPE * self.spread / np.sqrt(self.answered + 1)
        missing = self.floor * rounds - self._booked()
        target = self.floor + np.clip(missing / PATIENCE, -0.05, 0.2)
        return allocation(np.minimum(c + HOPE * hope, 1.0), b, target, self.least)

    def learn(self, shown: Floats, gained: Floats, answered: Floats, answers: Floats) -> None:
        """Add counts: shows, attention earned, people who told their benefit, and the sum of what they told."""
        self.shown, self.gained = self.shown + shown, self.gained + gained
        self.answered, self.answers = self.answered + answered, self.answers + answers

    def held(self, run: int = 0) -> Held:
        """How it stands. "Not enough data" is an answer."""
        rounds = max(float(self.shown[run].sum()), 1.0)
        floor, benefit = float(self.floor[run]), float((self.shown * self._benefit())[run].sum() / rounds)
        low = benefit - SURE * float(self._error()[run]) / rounds
        said = "the floor is held" if low >= floor else "not enough data to say that the floor is held"
        if self.answered[run].sum() >= FEW and benefit + (benefit - low) < floor:
            said = "the floor is broken"
        return Held(floor, benefit, low, float(self.gained[run].sum() / rounds), said)

    def _benefit(self) -> Floats:
        return np.asarray((self.answers + 0.5) / (self.answered + 1))

    def _booked(self) -> Floats:
        """(runs,) the whole benefit so far, believed low."""
        return np.asarray((self.shown * self._benefit()).sum(1) - DOUBT * self._error())

    def _error(self) -> Floats:
        """(runs,) the standard error of the whole benefit: sqrt(sum_k n_k^2 s^2 / answers_k)."""
        return np.asarray(np.sqrt((self.shown**2 * self.spread**2 / (self.answered + 1)).sum(1)))
