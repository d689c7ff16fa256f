"""Metrics of ranked lists, each for all users at once: ``hits`` (users, k), ``relevant`` (users,) -> (users,) float64.

``hits[u, r]`` says whether the item at rank r (0 = first) of u's list was in u's held-out part, of which there are
``relevant[u]`` >= 1 items. The definitions are those of trec_eval (ndcg_cut, P, recall, map_cut, success, recip_rank).

Worked by hand: three relevant items, of which a list of four found two, at the ranks 1 and 3.

>>> hits, relevant = np.array([[True, False, True, False]]), np.array([3])
>>> [float(metric(hits, relevant)[0].round(4)) for metric in (precision, recall, hit_rate, mrr)]
[0.5, 0.6667, 1.0, 1.0]
>>> average_precision(hits, relevant).round(4).tolist()  # (1/1 + 2/3) / 3
[0.5556]
>>> ndcg(hits, relevant).round(4).tolist()  # (1 + 1/2) / (1 + 1/log2(3) + 1/2)
[0.7039]
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from salience.events.fault import InvalidInput

Hits: TypeAlias = NDArray[np.bool_]
Counts: TypeAlias = NDArray[np.int64]
PerUser: TypeAlias = NDArray[np.float64]
Metric: TypeAlias = Callable[[Hits, Counts], PerUser]


def ndcg(hits: Hits, relevant: Counts) -> PerUser:
    """Discounted gain, 1 / log2(rank + 1) per hit, over that of the ideal list of min(k, relevant) hits."""
    k = hits.shape[1]
    discount = 1 / np.log2(np.arange(2, k + 2))
    ideal = np.concatenate(([0.0], np.cumsum(discount)))
    gained: PerUser = hits @ discount / ideal[np.minimum(k, relevant)]
    return gained


def precision(hits: Hits, relevant: Counts) -> PerUser:  # noqa: ARG001 - all metrics have one shape
    """The share of the k places that hold a hit."""
    share: PerUser = hits.sum(axis=1) / hits.shape[1]
    return share


def recall(hits: Hits, relevant: Counts) -> PerUser:
    """The share of the relevant items that were found."""
    share: PerUser = hits.sum(axis=1) / relevant
    return share


def hit_rate(hits: Hits, relevant: Counts) -> PerUser:  # noqa: ARG001 - all metrics have one shape
    """1 if anything was found, else 0."""
    return np.asarray(hits.any(axis=1), dtype=np.float64)


def mrr(hits: Hits, relevant: Counts) -> PerUser:  # noqa: ARG001 - all metrics have one shape
    """1 / rank of the first hit within the k, else 0."""
    return np.where(hits.any(axis=1), 1 / (hits.argmax(axis=1) + 1), 0.0)


def average_precision(hits: Hits, relevant: Counts) -> PerUser:
    """The sum of the precisions at each hit, over the number of relevant items (as trec_eval, not min(k, relevant))."""
    at_rank = np.cumsum(hits, axis=1) / np.arange(1, hits.shape[1] + 1)
    summed: PerUser = (at_rank * hits).sum(axis=1) / relevant
    return summed


METRICS: dict[str, Metric] = {
    "ndcg": ndcg,
    "recall": recall,
    "precision": precision,
    "hr": hit_rate,
    "mrr": mrr,
    "map": average_precision,
}
"""By the names used in settings and reports, as in "ndcg@10"."""


def parse(metric: str) -> tuple[str, int]:
    """Name and k of a metric as people write it.

    >>> parse("ndcg@10")
    ('ndcg', 10)
    """
    name, _, k = metric.partition("@")
    if name not in METRICS or not (k.isascii() and k.isdigit() and 1 <= int(k) <= 1000):
        raise InvalidInput("metric", metric, f"must be one of {', '.join(METRICS)} at k, 1 to 1000", "e.g. ndcg@10")
    return name, int(k)


def exposure(ranked: NDArray[np.int64], n: int) -> Counts:
    """How often each of the ``n`` items stands in the lists (users, k); padding (code n) is not counted."""
    return np.bincount(ranked.ravel(), minlength=n + 1)[:n]


def coverage(ranked: NDArray[np.int64], n: int) -> float:
    """The share of all items that anybody was shown.

    >>> coverage(np.array([[0, 1], [0, 4]]), 4)  # 4 is padding
    0.5
    """
    return float((exposure(ranked, n) > 0).mean()) if n else 0.0


def gini(ranked: NDArray[np.int64], n: int) -> float:
    """How unequally the places of the lists are shared among the items: 0 equally, towards 1 all to one item.

    >>> gini(np.array([[0, 1]]), 2), gini(np.array([[0], [0]]), 2)
    (0.0, 0.5)
    """
    shown = np.sort(exposure(ranked, n)).astype(np.float64)
    total = shown.sum()
    if not total:
        return 0.0
    return float(((2 * np.arange(1, n + 1) - n - 1) * shown).sum() / (n * total))


def novelty(ranked: NDArray[np.int64], people_per_item: NDArray[np.float64], people: int) -> float:
    """The mean surprise of what is shown, -log2 of the share of people who had it (Zhou et al. 2010), in bits.

    An item that nobody had counts as if half a person had it.

    >>> novelty(np.array([[0, 1]]), np.array([4.0, 1.0]), 4)  # everybody has 0: no surprise; a quarter have 1: 2 bits
    1.0
    """
    share = np.maximum(people_per_item, 0.5) / max(people, 1)
    shown = ranked[ranked < len(people_per_item)]
    return float(-np.log2(np.minimum(share[shown], 1)).mean()) if len(shown) else 0.0
