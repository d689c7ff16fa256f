"""What everybody buys, the newest baskets first: the baseline of next-basket tables (G-TopFreq), with a decay.

    score_i = mean over people u of x_ui,     x the rates of `habits`

so that each person has one vote, however much they buy. Decay 1 counts all baskets of a person alike, 0 the last one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from salience.events.interactions import IdMap
from salience.models.basket.baskets import Baskets
from salience.models.basket.habits import everybody, rates
from salience.models.basket.model import Arrays, BasketAlgorithm, BasketModel, Floats, some
from salience.models.basket.settle import share


@dataclass(frozen=True, eq=False)
class PopularBasket(BasketModel):
    """``share`` (items,): of people, weighted as above; in [0, 1]."""

    kind: ClassVar[str] = "popular-basket"

    share: Floats

    def score(self, histories: Baskets) -> Floats:
        """The same for everybody."""
        return np.tile(self.share, (len(histories), 1))

    def arrays(self) -> Arrays:
        """The shares."""
        return {"share": self.share}

    @classmethod
    def from_arrays(cls, items: IdMap, arrays: Mapping[str, NDArray[Any]]) -> PopularBasket:
        """The inverse of `arrays`."""
        if arrays["share"].shape != (len(items),):
            raise ValueError("share: must have one value per item")
        return cls(items, arrays["share"])


@dataclass(frozen=True)
class Popular(BasketAlgorithm):
    """``decay`` per basket of age, in [0, 1]."""

    name: ClassVar[str] = "popularity"
    space: ClassVar[Mapping[str, Sequence[Any]]] = {"decay": (0.0, 0.6, 0.9, 1.0)}

    decay: float = 0.9

    def __post_init__(self) -> None:
        share(decay=self.decay)

    def fit(self, baskets: Baskets, *, seed: int = 0) -> PopularBasket:  # noqa: ARG002 - deterministic
        """Count. ``seed`` is not used."""
        some(baskets)
        return PopularBasket(baskets.items, everybody(rates(baskets, self.decay)), settings=self.settings())
