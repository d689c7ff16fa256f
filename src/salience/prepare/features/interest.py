"""What a person writes or searches about: a topic that was told of them, read as a feature of items about it.

`salience mine topics --tell` finds the topics of people's own texts and writes each person's main one to the log, with
its share and the time until which it counts, as everything else that is predicted of people (`Predicted`).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from salience.events import AnyEvent, Event
from salience.events.insights import field_of
from salience.events.reading import Reading
from salience.events.write import Write
from salience.prepare.features.predicted import FIELD, SHARE, fresh

NAME = "interest"
TOPIC = field_of("topic")


class Interest:
    """``value``: the share of the person's texts that are about the topic of the item, if it is their main one."""

    name = NAME
    kinds: tuple[type[Event], ...] = ()

    def writes(self, event: AnyEvent) -> Iterable[Write]:  # noqa: ARG002 - `Predicted` writes what is told of people
        """Nothing of its own."""
        return ()

    def value(self, reading: Reading, items: NDArray[np.int64], now: int) -> NDArray[np.float64]:
        """0 for items of other topics, and for everything once the interest is out of date."""
        topic = fresh(reading.person, NAME, now)
        if topic is None:
            return np.zeros(len(items))
        share = float(reading.person.fields.get(f"{FIELD}{NAME}{SHARE}", 0.0))
        cards = (reading.cards[item] if item < len(reading.cards) else None for item in items.tolist())
        return np.array([share if card and card.attributes.get(TOPIC) == topic else 0.0 for card in cards])
