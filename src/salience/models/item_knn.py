"""Item-based nearest neighbours (Sarwar, Karypis, Konstan, Riedl 2001): people who took this also took that.

With N_k(i) the k items most similar to i, and h a history:

    score_i = sum over j in N_k(i) of sim(i, j) h_j

``pearson`` correlates two items over the people who rated both. ``adjusted`` is Sarwar's adjusted cosine: each person's
mean is taken off first, because some people rate everything high.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events.interactions import Interactions, Matrix
from salience.models.histories import read
from salience.models.item_weights import ItemWeights
from salience.models.model import Algorithm, Model, people_of
from salience.models.similarity import Measure, Rows, blocks, check, positive, similarities
from salience.models.topk import best


@dataclass(frozen=True)
class ItemKNN(Algorithm):
    """``neighbours`` per item, by ``measure`` with ``shrink``; ``binary`` reads histories as sets.

    >>> data = Interactions.from_rows([("a", "cup", 1, 0), ("a", "tea", 1, 0), ("b", "cup", 1, 0), ("b", "tea", 1, 0)])
    >>> ItemKNN(binary=True).fit(data).score(data.matrix).round(2).tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """

    name: ClassVar[str] = "item-knn"
    fits: ClassVar[type[Model]] = ItemWeights
    space: ClassVar[Mapping[str, Sequence[Any]]] = {
        "measure": ("cosine", "pearson"),
        "neighbours": (20, 50, 200),
        "shrink": (0.0, 20.0),
        "binary": (True, False),
    }

    measure: Literal["cosine", "pearson", "adjusted"] = "cosine"
    neighbours: int = 50
    shrink: float = 0.0
    binary: bool = True

    def __post_init__(self) -> None:
        like = "pearson" if self.measure == "adjusted" else self.measure  # both centre, so both need values
        check(like, self.neighbours, self.shrink, binary=self.binary)

    def fit(self, data: Interactions, *, seed: int = 0) -> ItemWeights:
        """All similarities in blocks of items, of which only the nearest are kept; deterministic."""
        return next(self.fit_each([self], data, seed=seed))

    @classmethod
    def fit_each(
        cls,
        settings: Sequence[Self],
        data: Interactions,
        *,
        seed: int = 0,  # noqa: ARG003 - deterministic
    ) -> Iterator[ItemWeights]:
        """Settings that differ only in the number of neighbours share one pass over the similarities."""
        most: dict[Self, int] = {}
        for own in settings:
            alike = replace(own, neighbours=1)
            most[alike] = max(most.get(alike, 1), own.neighbours)
        found: dict[Self, tuple[NDArray[np.int64], NDArray[np.float32]]] = {}
        for own in settings:
            alike = replace(own, neighbours=1)
            if alike not in found:
                found[alike] = replace(own, neighbours=most[alike]).nearest_items(data)
            codes, similar = found[alike]
            nearest = positive(codes[:, : own.neighbours], similar[:, : own.neighbours], len(data.items))
            weights = sparse.csr_array(nearest.T)
            weights.sort_indices()
            yield ItemWeights(data.items, weights, own.binary, people=people_of(data), settings=own.settings())

    def nearest_items(self, data: Interactions) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """For each item the codes of its nearest, best first, and their similarity: (items, neighbours) each."""
        histories = read(data.matrix, binary=self.binary)
        measure: Measure = "cosine" if self.measure == "adjusted" else self.measure
        if self.measure == "adjusted":
            histories = _without_user_means(histories)
        rows = Rows.of(sparse.csr_array(histories.T), measure)
        n = len(data.items)
        width = min(self.neighbours, n)
        codes, similar = np.empty((n, width), np.int64), np.empty((n, width), np.float32)
        for block in blocks(n, n):
            part = Rows(rows.values[block], rows.present[block], rows.norms[block], rows.means[block])
            scores = similarities(part, rows, measure, self.shrink)
            scores[np.arange(block.stop - block.start), np.arange(block.start, block.stop)] = 0  # not its own neighbour
            codes[block], similar[block] = best(scores, width)
        return codes, similar


def _without_user_means(histories: Matrix) -> Matrix:
    """Rows less their mean over what the person rated."""
    return Rows.of(histories, "pearson").values
