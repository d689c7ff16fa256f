"""Chances that keep coming true while outcomes come in, whatever moves: a calibration in gradient equilibrium.

A calibration that was learned on the past promises nothing once the world moves. One that is moved after every outcome
does (Angelopoulos, Jordan & Tibshirani 2025, "Gradient equilibrium in online learning"; Foster & Hart 2023,
"Calibeating"). The log odds z of a predictor are told as f, where

    f - theta(f) = z + shift,      theta(f) = sum over levels j of phi_j(f) theta_j,      phi_j: hats around the levels,

and when the outcomes y of a step are known, with p = 1 / (1 + exp(-f)),

    theta_j += rate_j g_j / (1 + rate_j h_j),      g_j = sum of phi_j(f) (y - p),      h_j = sum of phi_j(f) p (1 - p),

and the shift likewise, with a rate of its own and all rows. As the theta_j stay bounded, so do the sums of the g_j: the
positives that were expected at a level and those that came differ by about (2 rate_j)^-1/2, however many rows there
are, where without it their difference grows with the square root of the rows, and with every drift. What that costs is
a noise of (rate_j / 2)^1/2 in the log odds. Levels are those of what is *told*, and not of z: else sorting by p would
sort by noise, and the lowest tenth would hold the rows that were moved too low.

How fast: what walks at random, equally far at every level, is best followed by a gain of one over the root of the
information of a row (the steady state of Kalman's filter), so rate_j = rate / (4 p_j (1 - p_j))^1/2.

Three rates stand beside each other, 0 among them. An eager leader, for outcomes that are known soon, tells as the
fastest that has not cost more log loss than the best so far beyond the margin of every calibration in time order
(`stacking.MOVING_MARGIN`): chances that come true are the aim. Any other leaves 0 only for what has saved more than
that margin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from salience.evaluate.chances import surprise
from salience.models.predictor.columns import Floats
from salience.models.predictor.predictor import Codes, softmax
from salience.train.predict.stacking import MOVING_MARGIN

GAP = 0.5
LEVELS: Floats = np.arange(-7.0, 7.0 + GAP, GAP)
"""Log odds: from a chance of one in 1,100 to all but one in 1,100."""
SPREAD: Floats = 1 / (2 + np.exp(LEVELS) + np.exp(-LEVELS))
"""p (1 - p) at each level."""
RATES = ((0.0, 0.0), (0.02, 0.01), (0.1, 0.01))
"""Of the level at one half and of the shift, slowest first."""
LEAST = 5000
"""Rows that a margin is of at least: a lucky beginning, or an unlucky one, is none."""


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """``theta`` one a level; of two classes."""

    theta: Floats
    shift: float
    rate: float
    shift_rate: float

    @classmethod
    def begun(cls, rate: float, shift_rate: float) -> Equilibrium:
        """Tells what it is told."""
        return cls(np.zeros(len(LEVELS)), 0.0, rate, shift_rate)

    def told(self, odds: Floats) -> Floats:
        """(rows, 2) log odds -> (rows, 2): 0, and f. Rising, so it keeps the order within a step."""
        raw = odds[:, 1] - odds[:, 0] + self.shift
        starts = np.maximum.accumulate(LEVELS - self.theta)
        inside = np.interp(raw, starts, LEVELS)
        below, above = np.minimum(raw - starts[0], 0), np.maximum(raw - starts[-1], 0)
        return np.stack([np.zeros(len(raw)), inside + below + above], axis=1)

    def learned(self, odds: Floats, y: Codes) -> Equilibrium:
        """Moved by what came of rows for which the predictor said ``odds``."""
        told = self.told(odds)
        chance = softmax(told)[:, 1]
        hats, missed, spread = _hats(told[:, 1]), y - chance, chance * (1 - chance)
        rate = self.rate / np.sqrt(4 * SPREAD)
        theta = self.theta + rate * (missed @ hats) / (1 + rate * (spread @ hats))
        step = self.shift_rate * float(missed.sum()) / (1 + self.shift_rate * float(spread.sum()))
        return Equilibrium(theta, self.shift + step, self.rate, self.shift_rate)


@dataclass(frozen=True, eq=False)
class Leader:
    """Equilibria of several rates, and the log loss of each on the ``rows`` so far."""

    each: tuple[Equilibrium, ...]
    losses: Floats
    rows: int
    eager: bool

    @classmethod
    def begun(cls, *, eager: bool = False) -> Leader:
        """With `RATES`, of which the first changes nothing."""
        return cls(tuple(Equilibrium.begun(*rates) for rates in RATES), np.zeros(len(RATES)), 0, eager)

    def told(self, odds: Floats) -> Floats:
        """As the one that leads."""
        margin, best = MOVING_MARGIN * max(self.rows, LEAST), int(np.argmin(self.losses))
        if self.eager:
            leads = int(np.flatnonzero(self.losses <= self.losses[best] + margin)[-1])
        else:
            leads = best if self.losses[0] - self.losses[best] > margin else 0
        return self.each[leads].told(odds)

    def learned(self, odds: Floats, y: Codes) -> Leader:
        """All of them moved, and judged, by what came."""
        missed = np.array([surprise(softmax(one.told(odds)), y).sum() for one in self.each])
        return Leader(
            tuple(one.learned(odds, y) for one in self.each), self.losses + missed, self.rows + len(y), self.eager
        )


def _hats(at: Floats) -> Floats:
    """(rows, levels) phi: 1 at a level, falling to 0 at its neighbours; beyond the ends the last level has it all.

    >>> _hats(np.array([-9.0, 0.125])).round(2)[:, [0, 14, 15]].tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.75, 0.25]]
    """
    place = np.clip(at, LEVELS[0], LEVELS[-1])
    return np.asarray(np.maximum(0.0, 1 - np.abs(place[:, None] - LEVELS) / GAP))
