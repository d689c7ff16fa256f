"""Metrics of a predicted next basket, for all people at once, and apart for repeated and for new items.

With L the list of k items, B the basket that came, H what the person had before:

    recall@k = |L and B| / |B|      phr@k = [L and B not empty]      ndcg@k as in `metrics`, ideal of min(k, |B|)
    recall_repeat = |L and B and H| / |B and H| over people whose basket repeats something;   recall_explore: with not H
    repeat_share = |L and H| / k: how much of the list is repetition

(Li, Jullien, Ariannezhad, de Rijke 2023, "A Next Basket Recommendation Reality Check".)
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.evaluate import metrics
from salience.evaluate.evaluator import found
from salience.events.interactions import Matrix

PerPerson = NDArray[np.float64]


def judged(ranked: NDArray[np.int64], baskets: Matrix, had: Matrix, missing: NDArray[np.int64]) -> dict[str, PerPerson]:
    """Metric -> one value per person whom it concerns. ``ranked`` (people, k), padded with the number of items.

    ``baskets`` and ``had`` (people, items): stored = in it. ``missing`` (people,): items of the basket that no column
    stands for; they count as new, and as missed. Every person must have something in the basket.
    """
    k = ranked.shape[1]
    hits, before = found(ranked, baskets), found(ranked, had)
    sizes = np.diff(baskets.indptr).astype(np.int64)
    repeats = np.diff(_both(baskets, had).indptr).astype(np.int64)
    news = sizes - repeats + missing
    everything = sizes + missing
    again, fresh = repeats > 0, news > 0
    return {
        "recall": metrics.recall(hits, everything),
        "ndcg": metrics.ndcg(hits, everything),
        "phr": metrics.hit_rate(hits, everything),
        "recall_repeat": metrics.recall((hits & before)[again], repeats[again]),
        "recall_explore": metrics.recall((hits & ~before)[fresh], news[fresh]),
        "phr_repeat": metrics.hit_rate((hits & before)[again], repeats[again]),
        "phr_explore": metrics.hit_rate((hits & ~before)[fresh], news[fresh]),
        "repeat_share": before.sum(axis=1) / k,
    }


def _both(one: Matrix, other: Matrix) -> Matrix:
    """What is stored in both, as a CSR matrix."""
    shared: Any = sparse.csr_array(one.astype(bool).multiply(other.astype(bool)))
    shared.eliminate_zeros()
    return shared  # type: ignore[no-any-return]
