"""Four ways to put points into groups, all on dense rows: k-means, mini-batches, a mixture, and density.

- ``kmeans``: Lloyd's iterations from k-means++ seeds (Arthur & Vassilvitskii 2007), best of several.
- ``minibatch``: the same with small random batches and a rate of 1 / count per centre (Sculley 2010), for many points.
- ``mixture``: a Gaussian mixture with a diagonal covariance per group, by expectation maximisation; k by the Bayesian
  information criterion: BIC = -2 ln L + p ln n with p = k (2 d + 1) - 1 (Fraley & Raftery 1998).
- ``density``: DBSCAN (Ester et al. 1996); points in no dense place are in no group (-1). The radius is the knee of the
  sorted distances to the ``least``-th neighbour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.special import logsumexp

Points = NDArray[np.float64]
Labels = NDArray[np.int64]

ROUNDS = 100
BATCH = 1024
FLOOR = 1e-3
"""Least variance of a group in a column, in units of the standardised column: no group may shrink to one point."""


def squared(points: Points, centres: Points) -> Points:
    """Squared distances, (points, centres)."""
    made = (points**2).sum(axis=1)[:, None] - 2 * points @ centres.T + (centres**2).sum(axis=1)
    return np.asarray(np.maximum(made, 0.0))


def nearest(points: Points, centres: Points) -> Labels:
    """The nearest centre of each point."""
    return np.asarray(squared(points, centres).argmin(axis=1), np.int64)


def kmeans(points: Points, k: int, rng: np.random.Generator, *, restarts: int = 6) -> Points:
    """Centres (k, columns) with the least sum of squared distances of several runs.

    >>> points = np.array([[0.0], [0.1], [5.0], [5.1]])
    >>> sorted(kmeans(points, 2, np.random.default_rng(0)).ravel().round(2).tolist())
    [0.05, 5.05]
    """
    best, least = points[:k], np.inf
    for _ in range(restarts):
        centres = _seeds(points, k, rng)
        labels = nearest(points, centres)
        for _ in range(ROUNDS):
            centres = _means(points, labels, centres)
            moved = nearest(points, centres)
            if np.array_equal(moved, labels):
                break
            labels = moved
        total = float(squared(points, centres).min(axis=1).sum())
        if total < least:
            best, least = centres, total
    return best


def minibatch(points: Points, k: int, rng: np.random.Generator, *, rounds: int = 200) -> Points:
    """Centres as `kmeans` finds them, from ``rounds`` batches only."""
    centres = kmeans(points[rng.choice(len(points), min(len(points), 20 * BATCH), replace=False)], k, rng, restarts=2)
    counts = np.zeros(k)
    for _ in range(rounds):
        batch = points[rng.integers(0, len(points), BATCH)]
        labels = nearest(batch, centres)
        size = np.bincount(labels, minlength=k)
        counts += size
        total = np.zeros_like(centres)
        np.add.at(total, labels, batch)
        rate = size / np.maximum(counts, 1)
        mean = total / np.maximum(size, 1)[:, None]
        centres = centres + rate[:, None] * np.where(size[:, None] > 0, mean - centres, 0.0)
    return centres


def _seeds(points: Points, k: int, rng: np.random.Generator) -> Points:
    chosen = [int(rng.integers(len(points)))]
    away = squared(points, points[chosen])[:, 0]
    while len(chosen) < k:
        total = away.sum()
        # fewer different points than k: any will do
        chosen.append(int(rng.choice(len(points), p=away / total)) if total > 0 else int(rng.integers(len(points))))
        away = np.minimum(away, squared(points, points[[chosen[-1]]])[:, 0])
    return points[chosen]


def _means(points: Points, labels: Labels, centres: Points) -> Points:
    size = np.bincount(labels, minlength=len(centres))
    total = np.zeros_like(centres)
    np.add.at(total, labels, points)
    made = np.where(size[:, None] > 0, total / np.maximum(size, 1)[:, None], centres)
    for empty in np.flatnonzero(size == 0):  # it moves to the point that is worst served
        made[empty] = points[squared(points, made).min(axis=1).argmax()]
    return np.asarray(made)


@dataclass(frozen=True, eq=False)
class Mixture:
    """``weights`` (k,), ``means`` and ``variances`` (k, columns), and how well they fit."""

    weights: NDArray[np.float64]
    means: Points
    variances: Points
    log_likelihood: float
    bic: float

    def log_density(self, points: Points) -> Points:
        """ln(weight x density) of each group at each point, (points, k)."""
        away = (points[:, None, :] - self.means) ** 2 / self.variances
        shape = np.log(self.weights) - 0.5 * np.log(2 * np.pi * self.variances).sum(axis=1)
        return np.asarray(shape - 0.5 * away.sum(axis=2))

    def labels(self, points: Points) -> Labels:
        """The likeliest group of each point."""
        return np.asarray(self.log_density(points).argmax(axis=1), np.int64)


def mixture(points: Points, k: int, rng: np.random.Generator) -> Mixture:
    """Fitted from the groups of k-means; stops when the likelihood stands still.

    >>> points = np.array([[0.0], [0.1], [0.2], [5.0], [5.1], [5.2]])
    >>> sorted(mixture(points, 2, np.random.default_rng(0)).weights.round(2).tolist())
    [0.5, 0.5]
    """
    n, d = points.shape
    share = np.eye(k)[nearest(points, kmeans(points, k, rng, restarts=2))]
    last, made = -np.inf, Mixture(np.ones(k) / k, points[:k], np.ones((k, d)), -np.inf, np.inf)
    for _ in range(ROUNDS):
        size = share.sum(axis=0) + 1e-9
        means = share.T @ points / size[:, None]
        variances = np.maximum(share.T @ points**2 / size[:, None] - means**2, FLOOR)
        made = Mixture(size / size.sum(), means, variances, 0.0, 0.0)
        density = made.log_density(points)
        each = logsumexp(density, axis=1)
        total = float(each.sum())
        share = np.exp(density - each[:, None])
        if total - last < 1e-6 * n:
            break
        last = total
    bic = -2 * total + (k * (2 * d + 1) - 1) * np.log(n)
    return Mixture(made.weights, made.means, made.variances, total, float(bic))


def density(points: Points, *, radius: float | None = None, least: int | None = None) -> tuple[Labels, float]:
    """(group of each point or -1, radius). ``least`` neighbours make a place dense; twice the columns unless given.

    >>> density(np.array([[0.0], [0.1], [0.2], [9.0]]), radius=0.5, least=2)[0].tolist()
    [0, 0, 0, -1]
    """
    least = least or max(4, 2 * points.shape[1])
    tree = cKDTree(points)
    if radius is None:
        away = np.sort(np.asarray(tree.query(points, k=[min(least, len(points))])[0])[:, 0])
        radius = max(float(away[_knee(away)]), 1e-12)
    near: Any = tree.query_ball_point(points, radius)  # a list of places for each point
    core = np.array([len(found) >= least for found in near], bool)
    labels = np.full(len(points), -1, np.int64)
    group = 0
    for start in np.flatnonzero(core):
        if labels[start] >= 0:
            continue
        labels[start] = group
        waiting = [int(start)]
        while waiting:
            for other in near[waiting.pop()]:
                if labels[other] < 0:
                    labels[other] = group
                    if core[other]:
                        waiting.append(other)
        group += 1
    return labels, radius


def _knee(curve: NDArray[np.float64]) -> int:
    """Where a rising curve lies deepest under the line from its first to its last point (Satopaa et al. 2011)."""
    if len(curve) < 3 or curve[-1] <= curve[0]:
        return len(curve) - 1
    line = np.linspace(0, 1, len(curve))
    return int(np.argmax(line - (curve - curve[0]) / (curve[-1] - curve[0])))
