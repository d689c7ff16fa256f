"""NDCG of scores that may be equal: the mean over all orders of the equal ones (McSherry & Najork 2008).

A group of g equal scores on the ranks a .. a + g - 1, of which r are relevant, gains (r / g) sum of 1 / log2(rank + 1)
over its ranks up to k. So a scorer that says nothing gets what chance gets, not what one lucky order gets.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def ndcg(scores: NDArray[np.float64], wanted: NDArray[np.bool_], k: int) -> NDArray[np.float64]:
    """(users,) from (users, items) each; every user wants an item at least.

    >>> ndcg(np.zeros((1, 4)), np.array([[True, False, False, False]]), 2).round(4).tolist()  # (1 + 1/log2 3) / 4
    [0.4077]
    """
    order = np.argsort(-scores, axis=1, kind="stable")
    ranked = np.take_along_axis(scores, order, axis=1)
    hits = np.take_along_axis(wanted, order, axis=1).astype(np.float64)
    discount = np.zeros(scores.shape[1])
    top = min(k, scores.shape[1])
    discount[:top] = 1 / np.log2(np.arange(2, top + 2))
    first = np.ones(scores.shape, dtype=bool)
    first[:, 1:] = ranked[:, 1:] != ranked[:, :-1]
    starts = np.flatnonzero(first)
    group = np.cumsum(first.ravel()) - 1
    size = np.diff(np.append(starts, scores.size))
    share = np.add.reduceat(hits.ravel(), starts) / size
    gained = (share[group].reshape(scores.shape) * discount).sum(axis=1)
    ideal = np.concatenate(([0.0], np.cumsum(discount[:top])))
    return np.asarray(gained / ideal[np.minimum(wanted.sum(axis=1), top)])
