"""Choices among actions with known expected rewards, so that the value of any policy is known."""

from __future__ import annotations

from functools import cache

import numpy as np

from salience.optimise.ope.log import Floats, Log
from salience.optimise.ope.slate import Slates

K = 5
THETA = np.random.default_rng(99).normal(size=(3, K))


def softmax(scores: Floats) -> Floats:
    e = np.exp(scores - scores.max(1, keepdims=True))
    return np.asarray(e / e.sum(1, keepdims=True))


def rates(x: Floats) -> Floats:
    """(n, K) chance of a reward of 1."""
    return np.asarray(1 / (1 + np.exp(-(x @ THETA - 0.5))))


@cache
def value(target: float) -> float:
    """The expected reward of the softmax policy, over many contexts."""
    many = rates(np.random.default_rng(98).normal(size=(200_000, 3)))
    return float((softmax(target * many) * many).sum(1).mean())


def choices(n: int, *, seed: int, behaviour: float = 0.0, target: float = 4.0) -> tuple[Log, Floats, float]:
    """(log, (n, K) target policy, its value over all contexts). Both are softmax of the true reward rate."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3))
    b = softmax(behaviour * rates(x))
    action = (rng.random((n, 1)) > b.cumsum(1)).sum(1)
    there = np.arange(n)
    reward = (rng.random(n) < rates(x)[there, action]).astype(np.float64)
    log = Log.of(action, reward, b[there, action], actions=K, x=x)
    return log, softmax(target * rates(x)), value(target)


def pages(n: int, *, seed: int, reads_down: bool = True) -> tuple[Slates, float]:
    """(pages of 3 positions with 3 actions, the value of showing 0 mostly); a bad action above ends the reading."""
    rng = np.random.default_rng(seed)
    length, k = 3, 3
    action = rng.integers(k, size=(n, length))
    base = np.array([0.6, 0.4, 0.2])
    go_on = np.array([0.9, 0.5, 0.3]) if reads_down else np.ones(k)
    read = np.hstack([np.ones((n, 1)), np.cumprod(go_on[action], axis=1)[:, :-1]])
    reward = (rng.random((n, length)) < base[action] * read).astype(np.float64)
    pi = np.array([0.6, 0.2, 0.2])
    onward = float(pi @ go_on)
    truth = float(pi @ base) * sum(onward**at for at in range(length))
    return Slates.of(action, reward, np.full((n, length), 1 / k), np.tile(pi, (n, length, 1))), truth
