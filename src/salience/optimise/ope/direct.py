"""The direct method: a cross-fitted model q(x, a) of the reward, averaged over the target policy.

DM   V = mean_i sum_a pi(a | x_i) q(x_i, a)
Its bias is that of q, and no sample size removes it. The interval given here therefore holds that of the doubly robust
estimate and DM's own value, whichever is farther (`bias_aware`): a narrow interval around a biased value is false
confidence. q is ridge (logistic for rewards of 0 and 1) on the context, the action and their products, three folds.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from salience.optimise.ope.log import Estimate, Floats, Log

PARTS = 3
LEAST = 30
"""Choices of an action before it gets a model of its own products with the context."""


def reward_model(log: Log, *, seed: int, parts: int = PARTS) -> Floats:
    """(n, K) q of every action at every choice, each row by a model that has not seen its fold."""
    fold = np.random.default_rng(seed).permutation(len(log)) % parts
    q = np.empty((len(log), log.offered.shape[1]))
    for part in range(parts):
        q[fold == part] = _fitted(log.rows(fold != part), log.x[fold == part])
    return q


def expected(q: Floats, target: Floats) -> Floats:
    """(n,) sum_a pi(a | x) q(x, a)."""
    return np.asarray((q * target).sum(1))


def dm(log: Log, target: Floats, q: Floats, robust: Estimate) -> Estimate:
    """The direct method; ``robust`` is the doubly robust estimate of the same."""
    terms = expected(q, target)
    return bias_aware("DM", float(terms.mean()), float(terms.std(ddof=1) / np.sqrt(len(log))), robust)


def bias_aware(
    name: str, value: float, error: float, robust: Estimate, settings: dict[str, float] | None = None
) -> Estimate:
    """The smallest interval that holds ``value`` and the whole interval of an estimate without bias.

    It covers at least as often as that one, whatever the bias of ``value`` is.
    """
    return Estimate(name, value, min(value, robust.low), max(value, robust.high), error, settings or {})


def _fitted(train: Log, x: Floats) -> Floats:
    """(rows of x, K)."""
    k = train.offered.shape[1]
    overall = float(train.reward.mean())
    count = np.bincount(train.action, minlength=k)
    total = np.bincount(train.action, weights=train.reward, minlength=k)
    rate = (total + 10 * overall) / (count + 10)  # an action of few choices is shrunk to the mean of all
    if not train.x.shape[1] or np.ptp(train.reward) == 0:
        return np.tile(rate, (len(x), 1))
    centre, scale = train.x.mean(0), train.x.std(0)
    scale = np.where(scale > 0, scale, 1.0)
    z, new = (train.x - centre) / scale, (x - centre) / scale
    own = np.flatnonzero(count >= LEAST)
    model = _regression(_design(z, train.action, own, k), train.reward)
    found = np.empty((len(x), k))
    for a in range(k):
        found[:, a] = model(_design(new, np.full(len(x), a), own, k))
    return found


def _design(z: Floats, action: Any, own: Any, k: int) -> Any:
    from scipy import sparse

    n, p = z.shape
    rows = np.arange(n)
    one = sparse.csr_array((np.ones(n), (rows, action)), shape=(n, k))
    if not len(own):
        return sparse.csr_array(sparse.hstack([sparse.csr_array(z), one]))
    block = np.full(k, -1)
    block[own] = np.arange(len(own))
    there = np.flatnonzero(block[action] >= 0)
    columns = (block[action[there]][:, None] * p + np.arange(p)).ravel()
    cross = sparse.csr_array((z[there].ravel(), (np.repeat(there, p), columns)), shape=(n, len(own) * p))
    return sparse.csr_array(sparse.hstack([sparse.csr_array(z), one, cross]))


def _regression(design: Any, reward: Floats) -> Any:
    if np.isin(reward, (0.0, 1.0)).all():
        from sklearn.linear_model import LogisticRegression

        logit: Any = LogisticRegression(C=1.0, max_iter=300).fit(design, reward)
        return lambda new: logit.predict_proba(new)[:, 1]
    from sklearn.linear_model import Ridge

    return Ridge(alpha=1.0).fit(design, reward).predict
