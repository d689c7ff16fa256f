"""Popularity with exponential decay: what most people took lately. The bar that every other model must clear.

With people u, the newest time t_ui at which u took item i, and T the newest time in the data:

    score_i = sum over u of 2 ** (-(T - t_ui) / half-life)

A person counts once per item, however often they came back. A half-life of 0 means no decay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from salience.events.interactions import IdMap, Interactions, Matrix
from salience.events.pairs import pair_blocks
from salience.models.model import Algorithm, Arrays, Floats, Model, People, people_of
from salience.models.settings import not_negative

DAY = 86_400_000


@dataclass(frozen=True, eq=False)
class Popular(Model):
    """The same scores for everybody: decayed numbers of people, shape (items,)."""

    kind: ClassVar[str] = "popular"

    people_per_item: Floats

    def score(self, histories: Matrix) -> Floats:
        """The popularity of every item, once per history."""
        return np.tile(self.people_per_item, (histories.shape[0], 1))

    def arrays(self) -> Arrays:
        """The one vector."""
        return {"people_per_item": self.people_per_item}

    @classmethod
    def from_arrays(cls, items: IdMap, arrays: Mapping[str, NDArray[Any]], *, people: People | None = None) -> Self:
        """Check the shape, then wrap."""
        popularity = arrays["people_per_item"].astype(np.float32, copy=False)
        if popularity.shape != (len(items),):
            raise ValueError(f"people_per_item: shape {popularity.shape}, not ({len(items)},)")
        return cls(items, popularity, people=people)


@dataclass(frozen=True)
class Popularity(Algorithm):
    """Counts people per item; a person's weight halves every ``half_life_days`` before the newest time in the data.

    >>> data = Interactions.from_rows([("a", "old", 1.0, 0), ("b", "old", 1.0, 0), ("a", "new", 1.0, 2 * DAY)])
    >>> Popularity().fit(data).people_per_item.tolist()
    [2.0, 1.0]
    >>> Popularity(half_life_days=1.0).fit(data).people_per_item.tolist()
    [0.5, 1.0]
    """

    name: ClassVar[str] = "popularity"
    fits: ClassVar[type[Model]] = Popular
    space: ClassVar[Mapping[str, Sequence[Any]]] = {"half_life_days": (0.0, 7.0, 30.0, 90.0, 365.0)}

    half_life_days: float = 0.0

    def __post_init__(self) -> None:
        not_negative(half_life_days=self.half_life_days)

    def fit(self, data: Interactions, *, seed: int = 0) -> Popular:  # noqa: ARG002 - deterministic
        """Count. Deterministic; ``seed`` is not used."""
        counts, now = np.zeros(len(data.items)), data.time.max(initial=0)
        for _, _, order, starts in pair_blocks(data.user, data.item, len(data.users), len(data.items)):
            weight = None
            if self.half_life_days and len(order):
                newest = np.maximum.reduceat(data.time[order], starts)
                weight = np.exp2((newest - now) / DAY / self.half_life_days)
            counts += np.bincount(data.item[order[starts]], weights=weight, minlength=len(data.items))
        return Popular(data.items, counts.astype(np.float32), people=people_of(data), settings=self.settings())
