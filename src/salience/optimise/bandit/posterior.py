"""Online Laplace: a normal posterior of the weights of a score, one Newton step a reward.

The score of action a in context x is  z = w_a . x + sum over features f of a of (u_f + U_f . x).
``w_a`` has a full covariance P_a (the context's first `vocabulary.DENSE` features); ``u`` and ``U`` live in a hashed
table with a variance each, so that a new action starts from what its features are known to bring. For a reward with
slope g and curvature h of the log likelihood, and v = P x, s = x.v (Chapelle and Li 2011; the gain is Kalman's):

    w += g v / (1 + h s)        P -= v v' h / (1 + h s)

Forgetting pulls precision back to the prior by ``keep`` a lesson, for every action, played or not.
A late reward r' in place of r moves the mean by (r' - r) P x: exact for normal rewards, first order for the others.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from salience.optimise.bandit.features import BITS, Floats
from salience.optimise.bandit.links import Link
from salience.optimise.bandit.vocabulary import Case, Products

PRIOR = 1.0
STACKS = 4
"""Sets of actions whose weights are kept side by side."""


class Own(NamedTuple):
    """An action's own weights. Never changed in place, so that a copy of the posterior shares them.

    ``precision``: the inverse of ``cov``, kept only where there is forgetting, which is a sum of precisions.
    """

    mean: Floats
    cov: Floats
    at: int
    precision: Floats | None = None


class Stack(NamedTuple):
    """The weights of some actions, row by row as they were when last asked for. ``of``: what each row was made from."""

    of: list[Own | None]
    means: Floats
    covs: Floats

    @classmethod
    def empty(cls, k: int, d: int) -> Stack:
        """Before any lesson."""
        return cls([None] * k, np.zeros((k, d)), np.tile(np.eye(d) / PRIOR, (k, 1, 1)))


class Posterior:
    """All weights. ``keep`` is the share of what is known that one lesson leaves; 1 forgets nothing."""

    def __init__(self, link: Link, keep: float = 1.0) -> None:
        self.link, self.keep = link, keep
        self.lessons = 0
        self.own: dict[str, Own] = {}
        self.mean = np.zeros(1 << BITS)
        self.seen = np.zeros(1 << BITS)
        self._stacks: OrderedDict[tuple[tuple[str, ...], int], Stack] = OrderedDict()

    def copy(self) -> Posterior:
        """One that learns apart from this one."""
        twin = Posterior(self.link, self.keep)
        twin.lessons, twin.own = self.lessons, dict(self.own)
        twin.mean, twin.seen = self.mean.copy(), self.seen.copy()
        return twin

    def kept(self, keep: float) -> Posterior:
        """A copy that forgets at another rate from now on."""
        twin = Posterior(self.link, keep)
        twin.lessons = self.lessons
        twin.adopt(self)
        return twin

    def adopt(self, other: Posterior) -> None:
        """Believe what another one believes, as of now; keep forgetting as before."""
        self.own = {}
        for name, own in other.own.items():
            mean, cov, precision = other.faded(own)
            if self.keep < 1 and precision is None:
                precision = np.asarray(np.linalg.inv(cov), np.float64)
            self.own[name] = Own(mean, cov, self.lessons, precision if self.keep < 1 else None)
        self.mean, self.seen = other.mean.copy(), other.seen.copy()

    def scores(self, case: Case, names: Sequence[str], products: Products) -> tuple[Floats, Floats]:
        """(mean, variance) of the score of each action."""
        x = case.x
        k = len(names)
        stack = self._stack(tuple(names), len(x))
        mean = stack.means @ x
        variance = (stack.covs @ x) @ x
        if self.keep < 1:
            keeps = np.array([1.0 if own is None else self.keep ** (self.lessons - own.at) for own in stack.of])
            variance = 1.0 / (keeps / np.maximum(variance, 1e-12) + (1 - keeps) * PRIOR / float(x @ x))
        if len(products.cells):
            value = products.values
            shared = self.mean[products.cells] * value
            spread = value * value / (PRIOR + self.seen[products.cells])
            mean = mean + np.bincount(products.owner, shared, k)
            variance = variance + np.bincount(products.owner, spread, k)
        return mean, variance

    def _stack(self, names: tuple[str, ...], d: int) -> Stack:
        """Loops are asked for the same actions again and again: only rows that learned since are filled in anew."""
        stack = self._stacks.get((names, d))
        if stack is None:
            stack = self._stacks[names, d] = Stack.empty(len(names), d)
            if len(self._stacks) > STACKS:
                self._stacks.popitem(last=False)
        for at, name in enumerate(names):
            own = self.own.get(name)
            if own is not stack.of[at]:
                stack.of[at] = own
                stack.means[at], stack.covs[at] = 0.0, np.eye(d) / PRIOR
                if own is not None:
                    size = len(own.mean)
                    stack.means[at, :size] = own.mean
                    stack.covs[at, :size, :size] = own.cov
        return stack

    def learn(self, case: Case, name: str, products: Products, reward: float, weight: float = 1.0) -> None:
        """One reward of one action; ``products`` are those of this action alone."""
        self.lessons += 1
        x = case.x
        mean, cov, precision = self._own(name, len(x))
        if self.keep < 1:
            self.seen *= self.keep
        v = cov @ x
        value, cells = products.values, products.cells
        step = value / (PRIOR + self.seen[cells])
        s = float(x @ v) + float(value @ step)
        z = float(mean @ x) + float(value @ self.mean[cells])
        slope, curve = self.link.step(z, reward)
        slope, curve = weight * slope, weight * curve
        gain = slope / (1.0 + curve * s)
        cov = cov - np.outer(v, v) * (curve / (1.0 + curve * float(x @ v)))
        if precision is not None:
            precision = precision + curve * np.outer(x, x)
        self.own[name] = Own(mean + gain * v, cov, self.lessons, precision)
        np.add.at(self.mean, cells, gain * step)
        np.add.at(self.seen, cells, curve * value * value)

    def correct(self, case: Case, name: str, products: Products, change: float, weight: float = 1.0) -> None:
        """A reward that was learned from turned out to be larger by ``change``."""
        own = self.own.get(name)
        if own is None:
            return
        unit = weight * (self.link.step(0.0, change)[0] - self.link.step(0.0, 0.0)[0])
        mean, cov, precision = self._own(name, len(case.x))
        self.own[name] = Own(mean + unit * (cov @ case.x), cov, self.lessons, precision)
        cells = products.cells
        np.add.at(self.mean, cells, unit * products.values / (PRIOR + self.seen[cells]))

    def faded(self, own: Own) -> tuple[Floats, Floats, Floats | None]:
        """(mean, covariance, precision) of an action's weights now."""
        if own.precision is None:
            return own.mean, own.cov, None
        lost = self.keep ** (self.lessons - own.at)
        if lost >= 1:
            return own.mean, own.cov, own.precision
        precision = lost * own.precision + (1 - lost) * PRIOR * np.eye(len(own.mean))
        return own.mean, np.asarray(np.linalg.inv(precision), np.float64), precision

    def _own(self, name: str, size: int) -> tuple[Floats, Floats, Floats | None]:
        """The same for a context of ``size`` features: those never met by the action are as before any lesson."""
        own = self.own.get(name)
        prior = np.eye(size)
        if own is None:
            return np.zeros(size), prior / PRIOR, prior * PRIOR if self.keep < 1 else None
        mean, cov, precision = self.faded(own)
        had = len(mean)
        if had == size:
            return mean, cov, precision
        wider = prior / PRIOR
        wider[:had, :had] = cov
        if precision is not None:
            prior = prior * PRIOR
            prior[:had, :had] = precision
            precision = prior
        return np.concatenate([mean, np.zeros(size - had)]), wider, precision
