"""What is known of a person besides behaviour: traits, and the choices about purposes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from salience.events import AnyEvent, Consent, Identify, Item, Position
from salience.events.reading import Reading
from salience.events.write import Put, Seen, Write

PERSONALISATION = "consent:personalisation"


class PersonFields:
    """``value`` is 1 for every item while the person may be personalised for, else 0."""

    name = "personalised"

    def writes(self, event: AnyEvent) -> Iterable[Write]:
        """That the id was heard of; traits by when they were true; choices by when we received them.

        So a back-dated choice undoes no newer one.
        """
        if event.subject and not isinstance(event, Item | Position):
            yield Seen(event.subject, event.received)
        if isinstance(event, Identify):
            for trait, value in event.traits.items():
                yield Put("person", event.subject, f"trait:{trait}", value, event.time)
        elif isinstance(event, Consent):
            for purpose, given in event.purposes.items():
                yield Put("person", event.subject, f"consent:{purpose}", given, event.received)

    def value(self, reading: Reading, items: NDArray[np.int64], now: int) -> NDArray[np.float64]:  # noqa: ARG002
        """The same for all items. A choice never made counts as allowed here: the default was applied before."""
        return np.full(len(items), float(reading.person.fields.get(PERSONALISATION, True)))
