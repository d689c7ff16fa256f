"""What this person buys, the newest baskets first (P-TopFreq of next-basket tables; with groups, the personal part of
TIFU-kNN: Hu, He, Gao, Zhang 2020, "Modeling Personalized Item Frequency Information for Next-basket Recommendation").

The rates are those of `habits`. Items that a person never had get a share of their popularity so small that it only
breaks ties.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from salience.events.interactions import IdMap
from salience.models.basket.baskets import Baskets
from salience.models.basket.habits import TIES, everybody, faded, rates
from salience.models.basket.model import Arrays, BasketAlgorithm, BasketModel, Floats, some
from salience.models.basket.settle import share
from salience.models.settings import whole


@dataclass(frozen=True, eq=False)
class PersonalBasket(BasketModel):
    """``share`` (items,), of everybody, breaks ties; ``fading`` is (decay, across, size)."""

    kind: ClassVar[str] = "personal-basket"

    share: Floats
    fading: NDArray[np.float64]

    def score(self, histories: Baskets) -> Floats:
        """The person's own rates."""
        decay, across, size = self.fading
        own: Floats = faded(histories, decay, across, int(size)).toarray()
        return own + np.float32(TIES) * self.share

    def arrays(self) -> Arrays:
        """Shares and settings."""
        return {"share": self.share, "fading": self.fading}

    @classmethod
    def from_arrays(cls, items: IdMap, arrays: Mapping[str, NDArray[Any]]) -> PersonalBasket:
        """The inverse of `arrays`."""
        if arrays["share"].shape != (len(items),) or arrays["fading"].shape != (3,):
            raise ValueError("share, fading: must have one value per item, and three")
        return cls(items, arrays["share"], arrays["fading"])


@dataclass(frozen=True)
class Personal(BasketAlgorithm):
    """``decay`` per basket, ``across`` per group of ``size`` baskets; a size of 0 = no groups, ``across`` unused."""

    name: ClassVar[str] = "personal frequency"
    space: ClassVar[Mapping[str, Sequence[Any]]] = {"decay": (0.6, 0.7, 0.8, 0.9, 0.95, 1.0)}

    decay: float = 0.9
    across: float = 1.0
    size: int = 0

    def __post_init__(self) -> None:
        share(decay=self.decay, across=self.across)
        if self.size != 0:
            whole(size=self.size)

    def fit(self, baskets: Baskets, *, seed: int = 0) -> PersonalBasket:  # noqa: ARG002 - deterministic
        """Only the popularity is learned. ``seed`` is not used."""
        some(baskets)
        fading = np.array([self.decay, self.across, self.size], dtype=np.float64)
        return PersonalBasket(baskets.items, everybody(rates(baskets, self.decay)), fading, settings=self.settings())
