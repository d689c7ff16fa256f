"""Click-through rates that can be multiplied with money: calibrated after negative down-sampling, and kept so under
drift.

A model that saw a share w of the non-clicks says p' too high; p = p' / (p' + (1 - p') / w) puts it right (He et al.,
ADKDD 2014). What remains is corrected by logit p -> a + b logit p, learned from the newest outcomes, and a may have a
trend v: a drift that goes on would else always be found too late. The state (a, v, b) moves a batch at a time,

    a <- a + v,   information <- keep information + (1 - keep) information_0

(West, Harrison, Migon, JASA 1985: discounted knowledge; what is forgotten is replaced by v = 0 and b = 1, so that a
model that says the same of everybody does no harm), and the outcomes of the batch move it by Newton steps of the
logistic likelihood. Each prediction uses outcomes of earlier batches only. Judged by expected / actual clicks, whole
and by decile.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from salience.events.fault import InvalidInput

Floats = NDArray[np.float64]
EDGE = 1e-6
START = (0.1, 1e-4, 0.1)
"""Variances of (a, v, b) at first, and when nothing is heard for long."""
MOVE = np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])


def resampled(probability: Floats, kept: float) -> Floats:
    """Undo down-sampling: the share of the non-clicks that the model was shown is ``kept``.

    >>> resampled(np.array([0.5]), 0.1).round(4).tolist()
    [0.0909]
    """
    if not 0 < kept <= 1:
        raise InvalidInput("kept", kept, "is above 0 and at most 1", "1 where nothing was left out")
    p = np.asarray(probability, np.float64)
    return np.asarray(p / (p + (1 - p) / kept))


@dataclass
class Calibrator:
    """``keep``: what remains of the knowledge after each batch; 0.95 remembers some twenty batches."""

    keep: float = 0.95
    state: Floats = field(default_factory=lambda: np.array([0.0, 0.0, 1.0]))
    covariance: Floats = field(default_factory=lambda: np.diag(START))

    def predict(self, probability: Floats) -> Floats:
        """The corrected probabilities of the next batch."""
        return _sigmoid(_design(probability) @ (MOVE @ self.state))

    def learn(self, probability: Floats, clicked: Floats) -> None:
        """One batch of uncorrected probabilities and their outcomes, of 0 or 1."""
        x, y = _design(probability), np.asarray(clicked, np.float64)
        moved = MOVE @ self.state
        kept = self.keep * np.linalg.inv(MOVE @ self.covariance @ MOVE.T)
        doubt = (1 - self.keep) * np.diag(1 / np.array(START))
        known: Floats = np.asarray(kept + doubt, np.float64)
        before = np.linalg.solve(known, kept @ moved + doubt @ np.array([moved[0], 0.0, 1.0]))
        state: Floats = np.asarray(before, np.float64)
        for _ in range(2):
            p = _sigmoid(x @ state)
            curvature = known + (x * (p * (1 - p))[:, None]).T @ x
            state = np.asarray(state + np.linalg.solve(curvature, x.T @ (y - p) - known @ (state - before)), np.float64)
        self.state, self.covariance = state, np.asarray(np.linalg.inv(curvature), np.float64)


class Decile(Struct, frozen=True):
    """A tenth of the predictions, the lowest first. ``ratio``: expected over actual clicks."""

    predicted: float
    actual: float
    ratio: float


class Calibration(Struct, frozen=True):
    """``ratio``: expected over actual clicks; ``entropy``: normalised by that of the plain rate (below 1: it helps)."""

    ratio: float
    deciles: tuple[Decile, ...]
    entropy: float


def calibration(probability: Floats, clicked: Floats) -> Calibration:
    """Judge predictions against what happened."""
    p, y = np.clip(np.asarray(probability, np.float64), EDGE, 1 - EDGE), np.asarray(clicked, np.float64)
    if not 0 < y.sum() < len(y):
        raise InvalidInput("clicked", float(y.sum()), "are none, or all", "judge on more impressions")
    parts = np.array_split(np.argsort(p, kind="stable"), 10)
    deciles = tuple(
        Decile(float(p[rows].mean()), float(y[rows].mean()), float(p[rows].sum() / max(y[rows].sum(), 1)))
        for rows in parts
        if len(rows)
    )
    rate = y.mean()
    loss = -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean()
    plain = -(rate * np.log(rate) + (1 - rate) * np.log(1 - rate))
    return Calibration(float(p.sum() / y.sum()), deciles, float(loss / plain))


def _design(probability: Floats) -> Floats:
    p = np.clip(np.asarray(probability, np.float64), EDGE, 1 - EDGE)
    return np.stack([np.ones(len(p)), np.zeros(len(p)), np.log(p / (1 - p))], axis=1)


def _sigmoid(x: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -30, 30))))
