"""What predictors said of a person: kept as fields with the time until which it counts, read as a feature of items.

A predictor's scores come through the log like anything else that is known of a person: as traits of an `Identify` event
whose source is ours. So they are sealed, shown, corrected and erased with the person, and every process folds them.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from salience.events import AnyEvent, Identify
from salience.events.reading import Person, Reading
from salience.events.write import Put, Write

SOURCE = "salience:predict"
"""The source of our own events; whoever else sends such traits cannot name it."""
FIELD = "predicted:"
UNTIL, SHARE = ":until", ":share"
NEXT, CHANCE = "predicted:next", "predicted:next:chance"


def fresh(person: Person, name: str, now: int) -> str | float | None:
    """A prediction that still counts, e.g. ``churn``; None where there is none, or its time is over."""
    if float(person.fields.get(f"{FIELD}{name}{UNTIL}", 0)) <= now:
        return None
    value: str | float | None = person.fields.get(f"{FIELD}{name}")
    return value


class Predicted:
    """``value``: the chance that the person's next deed is of the item's category, if a predictor said so lately."""

    name = "predicted"
    kinds = (Identify,)

    def writes(self, event: AnyEvent) -> Iterable[Write]:
        """Our own predictions become fields; a null takes one back."""
        if not isinstance(event, Identify) or event.source != SOURCE:
            return ()
        ours = (name for name in event.traits if name.startswith(FIELD))
        return tuple(Put("person", event.subject, name, event.traits[name], event.time) for name in ours)

    def value(self, reading: Reading, items: NDArray[np.int64], now: int) -> NDArray[np.float64]:
        """0 for items of other categories, and for everything once the prediction is out of date."""
        category = fresh(reading.person, "next", now)
        if category is None:
            return np.zeros(len(items))
        chance = float(reading.person.fields.get(CHANCE, 0.0))
        cards = (reading.cards[item] for item in items.tolist())
        return np.array([chance if card and category in card.categories else 0.0 for card in cards])
