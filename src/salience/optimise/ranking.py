"""A ranking that explores a little: at each position the best item left, or with probability epsilon any item left.

p(item at a position | the positions before it) = (1 - epsilon) [it is the best left] + epsilon / m, with m items left;
the probability of the whole row is the product. Positions never repeat an item.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def rank(
    scores: NDArray[np.float64],
    k: int,
    epsilon: float,
    rng: np.random.Generator,
    ties: NDArray[np.int64] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_]]:
    """The positions of the ``k`` chosen among ``scores``, their conditional probabilities, and which were explored.

    Of equal scores the one with the smaller ``ties`` comes first (default: the order given), so that the answer does
    not depend on the order in which a process happened to learn of its items.

    >>> rank(np.array([0.1, 0.9, 0.5]), k=2, epsilon=0.3, rng=np.random.default_rng(1))
    (array([1, 2]), array([0.8 , 0.85]), array([False, False]))
    """
    size = len(scores)
    k = min(k, size)
    best = _best(scores, k, np.arange(size) if ties is None else ties)
    explores = rng.random(k) < epsilon
    chosen: list[int] = []
    taken: set[int] = set()
    probabilities = np.empty(k)
    for position in range(k):
        top = next(int(i) for i in best if int(i) not in taken)
        left = size - position
        pick = top
        if explores[position]:
            pick = int(rng.integers(size))
            while pick in taken:  # rejection keeps the draw uniform over what is left; k is small beside the catalogue
                pick = int(rng.integers(size))
        probabilities[position] = (1 - epsilon) * (pick == top) + epsilon / left
        chosen.append(pick)
        taken.add(pick)
    order = np.array(chosen, dtype=np.int64)
    return order, probabilities, ~np.isin(order, best)


def _best(scores: NDArray[np.float64], k: int, ties: NDArray[np.int64]) -> NDArray[np.int64]:
    """The places of the ``k`` largest scores, best first. Sorts only what may be among them."""
    lead = np.arange(len(scores))
    if 0 < k < len(scores):
        least = np.partition(scores, len(scores) - k)[len(scores) - k]
        lead = np.flatnonzero(scores >= least)
    return lead[np.lexsort((ties[lead], -scores[lead]))][:k]
