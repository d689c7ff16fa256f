"""The contract of next-basket models: a `BasketAlgorithm` is fitted into a `BasketModel`, which scores what comes next.

Items that the person had before are scored too: most of a next basket has been bought already. Models score histories,
not ids, so somebody who was not in the training part is answered the same way.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from salience.events.fault import InvalidInput
from salience.events.interactions import IdMap
from salience.models.basket.baskets import Baskets
from salience.models.model import Arrays, Floats
from salience.models.topk import Codes, best

CELLS = 8_000_000  # of one dense batch of scores: 32 MB


@dataclass(frozen=True, eq=False)
class BasketModel(ABC):
    """A fitted, immutable scorer over ``items``."""

    kind: ClassVar[str]

    items: IdMap
    settings: Mapping[str, Any] = field(default_factory=dict, kw_only=True)

    @abstractmethod
    def score(self, histories: Baskets) -> Floats:
        """Scores of every item for each person's next basket: (people, items) float32; higher is better."""

    @abstractmethod
    def arrays(self) -> Arrays:
        """What must be saved, by name. `from_arrays` gets the same back."""

    @classmethod
    @abstractmethod
    def from_arrays(cls, items: IdMap, arrays: Mapping[str, NDArray[Any]]) -> BasketModel:
        """The inverse of `arrays`. ValueError or KeyError where they are not what `arrays` gave."""

    def top(self, histories: Baskets, k: int) -> tuple[Codes, Floats]:
        """The best ``k`` items of each person, best first: (codes, scores), both (people, k), made in batches."""
        people, n = len(histories), len(self.items)
        codes, found = np.empty((people, k), np.int64), np.empty((people, k), np.float32)
        step = max(1, CELLS // max(1, n))
        for start in range(0, people, step):
            rows = slice(start, start + step)
            codes[rows], found[rows] = best(self.score(histories.rows(rows)), k)
        return codes, found


@dataclass(frozen=True)
class BasketAlgorithm(ABC):
    """An unfitted model: a frozen set of settings, checked when made. ``space`` lists what a tuner may try."""

    name: ClassVar[str]
    space: ClassVar[Mapping[str, Sequence[Any]]] = {}

    @abstractmethod
    def fit(self, baskets: Baskets, *, seed: int = 0) -> BasketModel:
        """Learn from everybody's baskets. Same data, settings and seed: the same model."""

    def settings(self) -> dict[str, Any]:
        """The settings by name, ready for JSON."""
        return asdict(self)


def some(baskets: Baskets) -> None:
    """Refuse a table without an entry."""
    if not len(baskets.codes):
        raise InvalidInput("baskets", 0, "hold no items to learn from")


__all__ = ["CELLS", "Arrays", "BasketAlgorithm", "BasketModel", "Floats", "some"]
