"""From scores to probabilities that come true (Platt 1999; Zadrozny and Elkan 2002; Niculescu-Mizil and Caruana 2005).

    Platt      log odds a + slope * log odds: classes c each with a shift a_c, one slope for all
    isotonic   of two classes: the rising step function nearest to the outcomes (pool adjacent violators), drawn as a
               line through the middles of its steps

Learned on predictions that had not seen the rows, else it would confirm what the model already believes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from salience.models.model import Arrays
from salience.models.predictor.columns import Floats
from salience.models.predictor.predictor import LEAST_CHANCE, Codes

LEAST_SLOPE = 0.2
"""An order that proves worthless on some rows may still be right on the next: it is damped, not thrown away."""
RIDGE = 1.0  # on the slope's distance from 1 and on the shifts, in rows
LEAST_STEP = 1.0  # rows that the ends of a step function are held back by


@dataclass(frozen=True, eq=False)
class Calibration:
    """``slope`` and ``shift`` (classes,) of the log odds; then, if there are ``knots``, the log odds of class 1 are led
    from ``knots`` to ``levels`` along straight lines."""

    slope: float
    shift: Floats
    knots: Floats
    levels: Floats

    @property
    def name(self) -> str:
        """As in a report."""
        if len(self.knots):
            return "isotonic"
        return "none" if self.slope == 1 and not self.shift.any() else "Platt"

    def apply(self, odds: Floats) -> Floats:
        """(rows, classes) -> (rows, classes), both log odds."""
        moved = self.slope * odds + self.shift
        if len(self.knots):
            one = np.interp(moved[:, 1] - moved[:, 0], self.knots, self.levels)
            moved = np.stack([np.zeros(len(one)), one], axis=1)
        return np.asarray(moved)

    def arrays(self) -> Arrays:
        """Four arrays."""
        return {"slope": np.array([self.slope]), "shift": self.shift, "knots": self.knots, "levels": self.levels}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Calibration:
        """The inverse; ValueError where knots and levels do not fit."""
        knots, levels = arrays["knots"], arrays["levels"]
        if knots.shape != levels.shape or (np.diff(knots) < 0).any():
            raise ValueError("knots: must rise, one a level")
        return cls(float(arrays["slope"][0]), arrays["shift"], knots, levels)


def none(classes: int) -> Calibration:
    """Leaves everything as it is."""
    return Calibration(1.0, np.zeros(classes), np.zeros(0), np.zeros(0))


def platt(odds: Floats, y: Codes, weight: Floats | None = None, *, slope: bool = True) -> Calibration:
    """By weighted maximum likelihood. ``slope`` False: shifts alone."""
    from scipy.optimize import minimize

    classes = odds.shape[1]
    w = np.ones(len(y)) if weight is None else weight
    hits = np.eye(classes)[y]
    centred = odds - odds.mean(axis=1, keepdims=True)

    def loss(v: Floats) -> tuple[float, Floats]:
        moved = v[0] * centred + v[1:]
        most = moved.max(axis=1, keepdims=True)
        chance = np.exp(moved - most)
        whole = chance.sum(axis=1, keepdims=True)
        value = w @ (np.log(whole) + most - (hits * moved).sum(axis=1, keepdims=True))[:, 0]
        pull = w[:, None] * (chance / whole - hits)
        value += RIDGE * ((v[0] - 1) ** 2 + (v[1:] ** 2).sum()) / 2
        steep = float((pull * centred).sum()) + RIDGE * (v[0] - 1) if slope else 0.0
        return float(value), np.concatenate([[steep], pull.sum(axis=0) + RIDGE * v[1:]])

    start = np.concatenate([[1.0], np.zeros(classes)])
    bounds = [(LEAST_SLOPE, 20.0), *[(None, None)] * classes]
    found = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": 200}).x
    return Calibration(float(found[0]), found[1:], np.zeros(0), np.zeros(0))


def isotonic(odds: Floats, y: Codes, weight: Floats | None = None) -> Calibration:
    """Of two classes."""
    one = odds[:, 1] - odds[:, 0]
    order = np.argsort(one, kind="stable")
    w = (np.ones(len(y)) if weight is None else weight)[order]
    share, mass, middle = _pooled((y[order] == 1).astype(np.float64), w, one[order])
    prior = float((share * mass).sum() / max(mass.sum(), 1e-12))
    share = (share * mass + LEAST_STEP * prior) / (mass + LEAST_STEP)
    share = np.clip(np.maximum.accumulate(share), LEAST_CHANCE, 1 - LEAST_CHANCE)
    return Calibration(1.0, np.zeros(2), middle, np.log(share / (1 - share)))


def _pooled(hit: Floats, w: Floats, score: Floats) -> tuple[Floats, Floats, Floats]:
    """(share, weight, mean score) of each step, by pooling adjacent violators."""
    share: list[float] = []
    mass: list[float] = []
    middle: list[float] = []
    for one, weight, place in zip(hit.tolist(), w.tolist(), score.tolist(), strict=True):
        share.append(one)
        mass.append(max(weight, 1e-12))
        middle.append(place)
        while len(share) > 1 and share[-2] >= share[-1]:
            total = mass[-2] + mass[-1]
            for values in (share, middle):
                last = values.pop()
                values[-1] = (values[-1] * mass[-2] + last * mass[-1]) / total
            mass.pop()
            mass[-1] = total
    return np.array(share), np.array(mass), np.array(middle)
