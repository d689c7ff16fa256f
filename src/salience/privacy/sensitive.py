"""Things that tell something sensitive of whoever looks at them: left out of what is looked at and learned. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from salience.events import Item
from salience.events.reading import Person, Reading


def tells(card: Item | None, categories: Collection[str]) -> bool:
    """Whether a thing belongs to a sensitive category."""
    return card is not None and any(category in categories for category in card.categories)


def without(reading: Reading, categories: Collection[str]) -> Reading:
    """The reading with a person whose history holds nothing sensitive; candidates and counts stay as they are."""
    person = reading.person
    keep = np.fromiter((not tells(reading.cards[code], categories) for code in person.items), bool, len(person.items))
    if keep.all():
        return reading
    kinds = tuple(kind for kind, kept in zip(person.kinds, keep.tolist(), strict=True) if kept)
    fewer: Person = replace(
        person, items=person.items[keep], strengths=person.strengths[keep], times=person.times[keep], kinds=kinds
    )
    return replace(reading, person=fewer)
