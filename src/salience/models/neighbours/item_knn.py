"""Item-based nearest neighbours (Sarwar, Karypis, Konstan, Riedl 2001): people who took this also took that.

With N_k(i) the k items most similar to i, and h a history:

    score_i = sum over j in N_k(i) of sim(i, j) h_j

The measures are those of `similarity`, between the columns of the table: cosine (``tilt`` makes it asymmetric),
jaccard, pearson over the people who rated both, and ``adjusted``, Sarwar's adjusted cosine: each person's mean is taken
off first, because some people rate everything high. ``weighting`` lets people who took much say less (`term_weights`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, Self

from scipy import sparse

from salience.events.interactions import Interactions, Matrix
from salience.models.histories import read
from salience.models.item_weights import ItemWeights
from salience.models.model import Algorithm, Model, people_of
from salience.models.neighbours.similarity import Likeness, Measure, Rows, check, nearest
from salience.models.neighbours.term_weights import WEIGHTINGS, TermWeights, Weighting
from salience.models.settings import one_of
from salience.models.sparse_rows import largest


@dataclass(frozen=True)
class ItemKNN(Algorithm):
    """``neighbours`` per item, by ``measure`` with ``shrink``, ``tilt`` and ``weighting``; ``binary`` reads histories
    as sets.

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

    measure: Literal["cosine", "jaccard", "pearson", "adjusted"] = "cosine"
    neighbours: int = 50
    shrink: float = 0.0
    binary: bool = True
    tilt: float = 0.5
    weighting: Weighting = "none"

    def __post_init__(self) -> None:
        one_of(WEIGHTINGS, weighting=self.weighting)
        # what is centred, as pearson and the adjusted cosine are, needs values and cannot be weighed
        like: Any = "pearson" if self.measure == "adjusted" else self.measure
        check(Likeness(like, self.shrink, self.tilt), self.neighbours, binary=self.binary, weighting=self.weighting)

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
        found: dict[Self, Matrix] = {}
        for own in settings:
            alike = replace(own, neighbours=1)
            if alike not in found:
                found[alike] = replace(own, neighbours=most[alike]).nearest_items(data)
            weights = sparse.csr_array(largest(found[alike], own.neighbours).T)
            weights.sort_indices()
            yield ItemWeights(data.items, weights, own.binary, people=people_of(data), settings=own.settings())

    def nearest_items(self, data: Interactions) -> Matrix:
        """CSR (items, items): of each item the nearest others and their similarity."""
        histories = read(data.matrix, binary=self.binary)
        measure: Measure = "cosine" if self.measure == "adjusted" else self.measure
        if self.measure == "adjusted":
            histories = _without_user_means(histories)
        by_item: Matrix = sparse.csr_array(histories.T)
        rows = Rows.of(by_item, measure, TermWeights.of(by_item, self.weighting))
        return nearest(rows, self.neighbours, Likeness(measure, self.shrink, self.tilt))


def _without_user_means(histories: Matrix) -> Matrix:
    """Rows less their mean over what the person rated."""
    return Rows.of(histories, "pearson").values
