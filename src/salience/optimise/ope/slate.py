"""Pages and rankings: L positions, each with an action and a reward.  w_l = pi(a_l | a_<l, x) / b(a_l | a_<l, x)

SIPS         V = mean(prod_l w_l sum_l r_l)              nothing assumed; variance grows with every position
IIPS         V = mean(sum_l w_l r_l)                     a reward depends on its own position alone (marginal w_l)
RIPS         V = mean(sum_l w_1...w_l r_l)               ... and on the positions above: people read from the top
             (McInerney et al. 2020)
Cascade-DR   V = mean(sum_l w_1..w_l (r_l - Q_l(a_l)) + w_1..w_(l-1) sum_a pi(a) Q_l(a))
             Q_l: reward from l on; any Q leaves it unbiased where RIPS is (Kiyohara et al., WSDM 2022)

`fits` compares what assumes less with what assumes more on the same rows: if the difference is beyond three standard
errors, the assumption does not fit, and the estimate must not be used.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from msgspec import Struct

from salience.events.fault import InvalidInput
from salience.optimise.ope.intervals import mean
from salience.optimise.ope.log import Codes, Estimate, Floats

PARTS = 3


@dataclass(frozen=True)
class Slates:
    """n pages of L positions. ``action``: (n, L) codes; ``reward``: (n, L); ``chance``: (n, L) b of each action given
    those above; ``target``: (n, L, K) pi of every action there, given the logged ones above.
    """

    action: Codes
    reward: Floats
    chance: Floats
    target: Floats

    @classmethod
    def of(cls, action: Codes, reward: Floats, chance: Floats, target: Floats) -> Slates:
        """Checked."""
        if not action.shape == reward.shape == chance.shape == target.shape[:2] or len(action) < 2:
            raise InvalidInput("slates", str(action.shape), "parts differ in shape", "give (pages, positions) of each")
        if not ((chance > 0) & (chance <= 1)).all():
            raise InvalidInput(
                "probability", float(chance.min()), "is not above 0", "log it at the last point of choice"
            )
        return cls(action, reward, chance, target)

    @property
    def weights(self) -> Floats:
        """(n, L) w of every position by itself."""
        return np.asarray(np.take_along_axis(self.target, self.action[:, :, None], axis=2)[:, :, 0] / self.chance)


class Fit(Struct, frozen=True):
    """``difference``: mean of the estimate less that of SIPS, with its standard error."""

    name: str
    difference: float
    error: float

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against the assumption."""
        return abs(self.difference) <= 3 * self.error


def sips(slates: Slates) -> Estimate:
    """The whole page as one action."""
    return mean("SIPS", _standard(slates))


def iips(slates: Slates) -> Estimate:
    """Every position by itself."""
    return mean("IIPS", _independent(slates))


def rips(slates: Slates) -> Estimate:
    """Every position with those above it."""
    return mean("RIPS", _cascade(slates))


def cascade_dr(slates: Slates, *, seed: int) -> Estimate:
    """RIPS with a cross-fitted table of what each action brings from its position on as control variate."""
    w = slates.weights
    down = np.cumprod(w, axis=1)
    above = np.hstack([np.ones((len(w), 1)), down[:, :-1]])
    q = _to_go(slates, seed)
    own = np.take_along_axis(q, slates.action[:, :, None], axis=2)[:, :, 0]
    return mean("Cascade-DR", (down * (slates.reward - own) + above * (slates.target * q).sum(2)).sum(1))


def fits(slates: Slates) -> tuple[Fit, ...]:
    """Of IIPS and RIPS, against SIPS."""
    standard = _standard(slates)
    found = []
    for name, terms in (("IIPS", _independent(slates)), ("RIPS", _cascade(slates))):
        gap = terms - standard
        found.append(Fit(name, float(gap.mean()), float(gap.std(ddof=1) / np.sqrt(len(gap)))))
    return tuple(found)


def _standard(slates: Slates) -> Floats:
    return np.asarray(slates.weights.prod(1) * slates.reward.sum(1))


def _independent(slates: Slates) -> Floats:
    return np.asarray((slates.weights * slates.reward).sum(1))


def _cascade(slates: Slates) -> Floats:
    return np.asarray((np.cumprod(slates.weights, axis=1) * slates.reward).sum(1))


def _to_go(slates: Slates, seed: int) -> Floats:
    """(n, L, K) the target's reward from a position on, by the action there; from the other folds."""
    n, length, k = slates.target.shape
    w = slates.weights
    below = np.zeros((n, length))
    later = np.zeros(n)
    for at in range(length - 1, -1, -1):
        below[:, at] = slates.reward[:, at] + later
        later = w[:, at] * below[:, at]
    fold = np.random.default_rng(seed).permutation(n) % PARTS
    q = np.zeros((n, length, k))
    for part in range(PARTS):
        rest = fold != part
        for at in range(length):
            a, g = slates.action[rest, at], below[rest, at]
            count, total = np.bincount(a, minlength=k), np.bincount(a, weights=g, minlength=k)
            q[fold == part, at] = (total + 5 * g.mean()) / (count + 5)
    return q
