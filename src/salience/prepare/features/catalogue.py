"""What the shop says of its items: title, categories, whether it can be had at all."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from salience.events import AnyEvent, Item
from salience.events.reading import Reading
from salience.events.write import Put, Write


class Catalogue:
    """``value`` is 1 for items that can be had."""

    name = "available"
    kinds = (Item,)

    def writes(self, event: AnyEvent) -> Iterable[Write]:
        """The newest description of an item replaces the older one."""
        if type(event) is Item:
            return (Put("item", event.item, "card", event, event.time),)
        return ()

    def value(self, reading: Reading, items: NDArray[np.int64], now: int) -> NDArray[np.float64]:  # noqa: ARG002
        """1 = available. An item known only from behaviour counts as available: nobody said otherwise."""
        return np.isin(items, reading.available).astype(np.float64)
