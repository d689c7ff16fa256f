"""What lists are like, besides right: calibrated, popular, diverse. Each for all users at once, (users, k) -> (users,).

``ranked`` are item codes, padded with the number of items n; ``categories`` (items, categories) >= 0, stored sparsely.
An item's categories share its one vote: p(c|i) = x_ic / sum over c' of x_ic'. Items without categories have no vote.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events.interactions import Matrix

PerUser = NDArray[np.float64]
Ranked = NDArray[np.int64]
SMOOTH = 0.01


def miscalibration(ranked: Ranked, histories: Matrix, categories: Matrix) -> PerUser:
    """How far the list's shares of categories are from those of the history (Steck 2018, "Calibrated Recommendations"):

        KL(p | q~) = sum over c of p(c|u) ln( p(c|u) / q~(c|u) ),    q~ = .99 q + .01 p

    p of the history, each item weighing its value, q of the list. 0 where they agree, and for users without a category
    in their history, whom nothing contradicts; an empty list has q = 0 and the most there is, ln 100.
    """
    votes = _shares(categories)
    p, q = _shares(histories @ votes).toarray(), _shares(_lists(ranked, len(votes.indptr) - 1) @ votes).toarray()
    mixed = (1 - SMOOTH) * q + SMOOTH * p
    ratio = np.divide(p, mixed, out=np.ones_like(p), where=p > 0)
    told: PerUser = (p * np.log(ratio)).sum(axis=1)
    return told


def average_popularity(ranked: Ranked, people_per_item: NDArray[np.float64]) -> PerUser:
    """ARP: the mean number of people who had each item of the list (Yin et al. 2012); 0 for an empty list."""
    there = ranked < len(people_per_item)
    had = np.append(people_per_item, 0.0)[ranked]
    told: PerUser = (had * there).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    return told


def long_tail_share(ranked: Ranked, people_per_item: NDArray[np.float64], head: float = 0.2) -> PerUser:
    """APLT (Abdollahpouri, Burke, Mobasher 2019): the share of the list that is not among the ``head`` most popular.

    The head is the ceil(head x n) items that most people had; at equal numbers the earlier code is in it.
    """
    n = len(people_per_item)
    tail = np.ones(n + 1, dtype=bool)
    tail[np.argsort(-people_per_item, kind="stable")[: int(np.ceil(head * n))]] = False
    there = ranked < n
    told: PerUser = (tail[ranked] & there).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    return told


def diversity(ranked: Ranked, categories: Matrix) -> PerUser:
    """Intra-list diversity (Ziegler et al. 2005): the mean of 1 - cosine of categories over all pairs of the list.

    Items without a category are like nothing. 0 for lists of fewer than two.
    """
    x: Any = categories.astype(np.float64)
    length = np.sqrt(np.asarray(x.power(2).sum(axis=1)).ravel())
    unit: Any = sparse.diags_array(1 / np.where(length > 0, length, 1)) @ x
    lists = _lists(ranked, x.shape[0])
    summed = lists @ unit
    places = np.asarray(lists.sum(axis=1)).ravel()
    own = np.asarray(lists @ (length > 0).astype(np.float64)).ravel()
    alike = (np.asarray(summed.power(2).sum(axis=1)).ravel() - own) / 2  # (sum v)^2 = sum v^2 + 2 sum over pairs
    pairs = places * (places - 1) / 2
    told: PerUser = np.where(pairs > 0, 1 - alike / np.maximum(pairs, 1), 0.0)
    return told


def _lists(ranked: Ranked, n: int) -> Any:
    """Users x items, 1 where an item stands in the list."""
    there = ranked < n
    indptr = np.concatenate(([0], np.cumsum(there.sum(axis=1))))
    return sparse.csr_array((np.ones(indptr[-1]), ranked[there], indptr), shape=(len(ranked), n))


def _shares(matrix: Any) -> Any:
    """Rows divided by their sums; rows of nothing stay so."""
    table = sparse.csr_array(matrix, dtype=np.float64)
    total = np.asarray(table.sum(axis=1)).ravel()
    return sparse.csr_array(sparse.diags_array(1 / np.where(total > 0, total, 1)) @ table)
