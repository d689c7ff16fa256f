"""The contract of hybrids: algorithms whose parts are algorithms, and which learn how to join them from held-out items.

A hybrid has three verbs. `features` turns fitted parts into numbers per person and item, `learned` finds what joins
them (arrays) from the choices of people (see `conditional_logit`), `joined` makes the model. `fit` puts them together:

1. cut a part of every history off (see `held_out`), a few times;
2. fit the parts on what is left, and learn from what was cut off;
3. fit the parts again on everything, and join them by what was learned.

Whoever holds fitted parts and a validation part already, as the tuner does, calls the three verbs itself.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from salience.events.fault import InvalidInput
from salience.events.interactions import Interactions
from salience.models.hybrid.conditional_logit import Choices, Features, choices
from salience.models.hybrid.held_out import cuts
from salience.models.model import Algorithm, Arrays, Floats, Model
from salience.models.settings import positive, whole


@dataclass(frozen=True)
class Hybrid(Algorithm):
    """``parts`` to join; learned on ``folds`` cuts that hold out the ``fraction`` of each history."""

    parts: tuple[Algorithm, ...] = ()
    folds: int = 2
    fraction: float = 0.15
    ridge: float = 1e-3

    def __post_init__(self) -> None:
        whole(folds=self.folds)
        positive(ridge=self.ridge)
        if not self.parts:
            raise InvalidInput("parts", (), f"a {self.name} needs at least one algorithm")

    @abstractmethod
    def features(self, models: Sequence[Model], train: Interactions) -> Features:
        """What is learned from, given the parts fitted on ``train``."""

    @abstractmethod
    def learned(self, batches: Sequence[Choices], *, seed: int = 0) -> Arrays:
        """What joins the parts, from the features of what was chosen and of what else could have been."""

    @abstractmethod
    def joined(self, models: Sequence[Model], train: Interactions, how: Arrays) -> Model:
        """The model of parts fitted on ``train``."""

    def width(self, parts: int) -> int:
        """How many features it makes of so many parts; the first ones are always the parts' scores."""
        return parts

    def rated(self, batch: Choices, how: Arrays) -> tuple[Floats, Floats]:
        """The scores of what else could have been, (people, |C|), and of what was chosen, (pairs,): here linear."""
        w = how["weights"].ravel()
        return np.tensordot(w, batch.others, 1), w @ batch.chosen

    def settled(self, hows: Sequence[Arrays]) -> Arrays | None:
        """One out of several that were learned from different people: here the mean. None: learn from all of them."""
        return {"weights": np.asarray(np.mean([how["weights"] for how in hows], axis=0), dtype=np.float32)}

    def steadied(self, how: Arrays, share: float) -> Arrays | None:  # noqa: ARG002 - by default there is no such place
        """``how``, moved by ``share`` (0 to 1) towards what needs no learning; None: nothing such is known."""
        return None

    def fit(self, data: Interactions, *, seed: int = 0) -> Model:
        """Learn how to join the parts on cuts of the data, then fit the parts on all of it."""
        batches = []
        for cut in cuts(data, self.folds, self.fraction, seed):
            models = [part.fit(cut.train, seed=seed) for part in self.parts]
            batches += choices(cut, self.features(models, cut.train), seed)
        how = self.learned(batches, seed=seed)
        return self.joined([part.fit(data, seed=seed) for part in self.parts], data, how)

    def settings(self) -> dict[str, Any]:
        """As of every algorithm, and each part with its name."""
        return {**asdict(self), "parts": [{"name": part.name, **part.settings()} for part in self.parts]}
