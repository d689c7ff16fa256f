"""k-means on the unit sphere, how good it is, and whether it would come out the same again.

Spherical k-means (Dhillon & Modha 2001): vectors have length 1 and so have centroids, nearness is the cosine. Between
unit vectors the squared Euclidean distance is 2 - 2 cos, so the k-means++ seeding (Arthur & Vassilvitskii 2007) and its
guarantee carry over. Vectors may be a dense array or a CSR matrix; only (vectors x k) numbers are ever made from them.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Vectors: TypeAlias = "NDArray[np.float32] | sparse.csr_array[np.float32]"
Centroids = NDArray[np.float32]
Labels = NDArray[np.int32]

ROUNDS = 100
"""Lloyd's iterations at most; assignments nearly always stand still long before."""


def fit(vectors: Vectors, k: int, rng: np.random.Generator, *, restarts: int = 8) -> Centroids:
    """The best of several runs by total cosine: (k, dimensions), unit rows. Needs at least ``k`` vectors of length 1.

    >>> points = np.array([[1, 0], [0.98, 0.199], [0, 1], [0.199, 0.98]], np.float32)
    >>> nearest(points, fit(points, 2, np.random.default_rng(0)))[0].tolist() in ([0, 0, 1, 1], [1, 1, 0, 0])
    True
    """
    best, most = np.zeros((0, 0), np.float32), -np.inf
    for _ in range(restarts):
        centroids, total = _run(vectors, k, rng)
        if total > most:
            best, most = centroids, total
    return best


def nearest(vectors: Vectors, centroids: Centroids) -> tuple[Labels, NDArray[np.float32]]:
    """The most similar centroid of each vector and its cosine; of equally similar ones the first."""
    cosine: Any = vectors @ centroids.T
    labels = cosine.argmax(axis=1).astype(np.int32)
    return labels, cosine[np.arange(len(labels)), labels]


def _run(vectors: Vectors, k: int, rng: np.random.Generator) -> tuple[Centroids, float]:
    centroids = _seeds(vectors, k, rng)
    labels, cosine = nearest(vectors, centroids)
    for _ in range(ROUNDS):
        centroids = _means(vectors, labels, cosine, k)
        moved, cosine = nearest(vectors, centroids)
        if np.array_equal(moved, labels):
            break
        labels = moved
    return centroids, float(cosine.sum())


def _seeds(vectors: Vectors, k: int, rng: np.random.Generator) -> Centroids:
    """k-means++: each next seed is drawn with probability proportional to its squared distance from those so far."""
    n = vectors.shape[0]
    chosen = [int(rng.integers(n))]
    distance = np.full(n, np.inf)
    while len(chosen) < k:
        cosine: Any = vectors @ _row(vectors, chosen[-1])
        distance = np.minimum(distance, np.maximum(2 - 2 * cosine.astype(np.float64), 0))
        distance[chosen] = 0
        total = distance.sum()
        if total > 0:
            chosen.append(int(rng.choice(n, p=distance / total)))
        else:  # fewer different vectors than k
            chosen.append(int(rng.choice(np.setdiff1d(np.arange(n), chosen))))
    return np.stack([_row(vectors, place) for place in chosen])


def _row(vectors: Vectors, place: int) -> NDArray[np.float32]:
    row: NDArray[np.float32] = _dense(vectors[[place]])[0]
    return row


def _dense(values: Any) -> NDArray[np.float32]:
    plain: Any = values.toarray() if hasattr(values, "toarray") else values
    made: NDArray[np.float32] = np.asarray(plain, np.float32)
    return made


def _means(vectors: Vectors, labels: Labels, cosine: NDArray[np.float32], k: int) -> Centroids:
    """Normalised sums; a centroid that lost everybody moves to the vector that is worst served."""
    n = len(labels)
    member: Any = sparse.csr_array((np.ones(n, np.float32), (labels, np.arange(n))), shape=(k, n))
    means = _dense(member @ vectors)
    worst = iter(np.argsort(cosine, kind="stable"))
    for empty in np.flatnonzero(np.bincount(labels, minlength=k) == 0):
        means[empty] = _row(vectors, int(next(worst)))
    made: Centroids = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), np.float32(1e-12))
    return made


def silhouette(vectors: Vectors, labels: Labels) -> NDArray[np.float64]:
    """(b - a) / max(a, b) of each vector (Rousseeuw 1987): a its mean distance to its own cluster, b to the next.

    Euclidean distances of unit vectors; n x n numbers, so sample first. 0 for a vector alone in its cluster.
    """
    n, k = len(labels), int(labels.max()) + 1
    cosine = _dense(vectors @ vectors.T).astype(np.float64)
    distance = np.sqrt(np.maximum(2 - 2 * cosine, 0))
    np.fill_diagonal(distance, 0)
    member = np.zeros((n, k))
    member[np.arange(n), labels] = 1
    size = member.sum(axis=0)
    total = distance @ member
    own = size[labels]
    a = total[np.arange(n), labels] / np.maximum(own - 1, 1)
    mean = np.where(size > 0, total / np.maximum(size, 1), np.inf)
    mean[np.arange(n), labels] = np.inf
    b = mean.min(axis=1)
    b = np.where(np.isfinite(b), b, a)  # there is no other cluster
    width = (b - a) / np.maximum(np.maximum(a, b), 1e-300)
    return np.where(own > 1, width, 0.0)


def adjusted_rand(one: NDArray[np.integer[Any]], other: NDArray[np.integer[Any]]) -> float:
    """How far two groupings of the same things agree (Hubert & Arabie 1985): 1 = the same, 0 = as by chance.

    >>> adjusted_rand(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0]))
    1.0
    """
    if not len(one):
        return 1.0
    table = _crossed(one, other, int(one.max()) + 1, int(other.max()) + 1)
    pairs, rows, columns = (float((x * (x - 1) / 2).sum()) for x in (table, table.sum(axis=1), table.sum(axis=0)))
    every = len(one) * (len(one) - 1) / 2
    expected = rows * columns / every if every else 0.0
    most = (rows + columns) / 2
    return 1.0 if most == expected else (pairs - expected) / (most - expected)


def best_overlap(one: Labels, other: Labels, k: int) -> NDArray[np.float64]:
    """For each of ``k`` groups of ``one`` the largest Jaccard overlap with a group of ``other``: shape (k,).

    >>> best_overlap(np.array([0, 0, 1, 1], np.int32), np.array([0, 0, 0, 1], np.int32), 2).round(3).tolist()
    [0.667, 0.5]
    """
    both = _crossed(one, other, k, k)
    either = both.sum(axis=1, keepdims=True) + both.sum(axis=0) - both
    overlap: NDArray[np.float64] = (both / np.maximum(either, 1)).max(axis=1)
    return overlap


def _crossed(one: NDArray[Any], other: NDArray[Any], rows: int, columns: int) -> NDArray[np.float64]:
    """How many things are in group i of one and j of the other: (rows, columns)."""
    cell = one.astype(np.int64) * columns + other
    return np.bincount(cell, minlength=rows * columns).reshape(rows, columns).astype(np.float64)
