"""What goes with the items of a page or a basket: rules with one item on each side, beside what the model says.

A model of whole histories knows what the same people want; baskets know what is wanted *together*. With c(j -> i) the
share of the baskets with j that hold i, of pairs that chance does not explain, and s(i) the model's score moved to
[0, 1] over all items, an item's score beside the page J is

    s(i) + weight * max over j in J of c(j -> i)

The weight is learned on baskets that neither the model nor the rules had seen (`salience.train.companions`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from salience.events.interactions import Matrix
from salience.models.files import sparse_arrays, sparse_from
from salience.models.model import Arrays

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Companions:
    """``confidence``: (items, items), row j, column i: c(j -> i). ``baskets``: how many it was counted in."""

    confidence: Matrix
    weight: float
    baskets: int

    def beside(self, page: Codes) -> Floats:
        """(items,) the surest rule from an item of the page to each item; 0 where there is none."""
        return np.asarray(self.confidence[page].max(axis=0).todense(), np.float64).ravel()

    def added(self, scores: Floats, page: Codes) -> Floats:
        """(items,) the model's scores and the rules together."""
        return unit(scores) + self.weight * self.beside(page)

    def surest(self, page: Codes, item: int) -> tuple[int, float]:
        """(the item of the page from which the surest rule leads to ``item``, its confidence); 0 where there is none.

        >>> from scipy import sparse
        >>> rules = Companions(sparse.csr_array(np.array([[0, 0.2, 0], [0, 0, 0], [0, 0.7, 0]])), 1.0, 9)
        >>> rules.surest(np.array([0, 2]), 1)
        (2, 0.7)
        """
        told = self.confidence[page][:, [item]].toarray()[:, 0]
        best = int(told.argmax())
        return int(page[best]), float(told[best])

    def arrays(self) -> Arrays:
        """What must be saved, by name."""
        facts = {"weight": np.array(self.weight), "baskets": np.array(self.baskets)}
        return {**sparse_arrays(self.confidence, "confidence."), **facts}

    @classmethod
    def from_arrays(cls, items: int, arrays: Mapping[str, NDArray[Any]]) -> Companions:
        """The inverse of `arrays`; ValueError where the shapes do not fit."""
        confidence = sparse_from(arrays, "confidence.", (items, items))
        return cls(confidence, float(arrays["weight"].item()), int(arrays["baskets"].item()))


def unit(scores: Floats) -> Floats:
    """Scores in [0, 1] by their place between the least and the largest; 0 where all are alike."""
    least, largest = float(scores.min(initial=np.inf)), float(scores.max(initial=-np.inf))
    return (scores - least) / (largest - least) if largest > least else np.zeros(len(scores))
