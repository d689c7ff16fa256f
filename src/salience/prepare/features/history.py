"""What a person did with which item: the history that models score, and whether an item was seen."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from salience.events import AnyEvent, Rating
from salience.events.identity import LINKING, links
from salience.events.reading import Reading
from salience.events.write import Append, Write
from salience.prepare.strength import STRENGTHS, in_scale, strength


class History:
    """``value`` is 1 for items in the person's history, else 0."""

    name = "seen"
    kinds = (*LINKING, *STRENGTHS, Rating)

    def writes(self, event: AnyEvent) -> Iterable[Write]:
        """An event about an item enters the history with its strength; a sign-in brings the anonymous one along.

        A machine's deeds, too: its history is seen by nobody else, while counts and training leave it out. Whoever
        tries a page with a driven browser sees what a person would see.
        """
        if type(event) in LINKING:
            return tuple(links(event))
        if subject := event.user or event.subject:
            size = strength(event)
            if size > 0 or (type(event) is Rating and in_scale(event)):  # the worst grade is still "seen"
                item: str = event.item  # type: ignore[union-attr]  # only events about an item have strength
                return (Append(subject, item, size, event.time, event.received, event.kind),)
        return ()

    def value(self, reading: Reading, items: NDArray[np.int64], now: int) -> NDArray[np.float64]:  # noqa: ARG002
        """1 = already in the person's history."""
        return np.isin(items, reading.person.items).astype(np.float64)
