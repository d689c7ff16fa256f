"""Everything learned that one answer needs, frozen together and swapped as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from salience.events.controls import Repeat, ShopRule
from salience.events.insights import USED, without_learned
from salience.events.reading import Reading
from salience.models import Model
from salience.models.cold.cold_items import ColdItems
from salience.models.cold.companions import Companions
from salience.models.cold.contexts import Contexts
from salience.models.cold.crowds import Crowds
from salience.optimise import Policy, Thompson
from salience.recommend.shelf import Shelf

NEVER = Repeat()


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A published model and the policies. ``codes[i]`` is the state code of the model's item ``i``.

    ``cold`` maps items that the model never saw; ``crowds`` says what people with the same traits want; ``companions``
    what goes with the items of a page; ``contexts`` what is wanted at such a moment, by the clock of ``zone``;
    ``rules`` and ``repeat`` are those of the workspace; ``learned`` names what was learned and may be used
    (`salience.events.insights.USED`).
    """

    model: Model | None = None
    version: str = ""
    codes: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    layouts: Policy = field(default_factory=Thompson)
    explore: float = 0.0
    cold: ColdItems | None = None
    crowds: Crowds | None = None
    rules: tuple[ShopRule, ...] = ()
    repeat: Repeat = NEVER
    learned: tuple[str, ...] = USED
    companions: Companions | None = None
    contexts: Contexts | None = None
    zone: str = "UTC"
    _shelf: dict[str, tuple[NDArray[np.int64], Shelf]] = field(default_factory=dict, repr=False)

    def places(self, size: int) -> NDArray[np.int64]:
        """The inverse of ``codes``: state code -> model item, -1 where the model does not know the item."""
        places = np.full(size, -1, dtype=np.int64)
        places[self.codes] = np.arange(len(self.codes))
        return places

    def shelf(self, reading: Reading) -> Shelf:
        """The catalogue of the reading as columns; the last one is kept, and made again once any card has changed.

        State makes a new ``available`` with every change of the catalogue, so its identity is the version.
        """
        kept = self._shelf.get("shelf")
        if kept is None or kept[0] is not reading.available:
            cards = tuple(without_learned(card, self.learned) for card in reading.cards)
            cold = np.flatnonzero(self.places(len(reading.names))[: len(cards)] < 0)
            kept = self._shelf["shelf"] = reading.available, Shelf(reading.names, cards, cold, self.cold)
        return kept[1]
