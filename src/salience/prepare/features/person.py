"""What is known of a person besides behaviour: traits. Choices about purposes are `privacy.consents`."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from salience.events import AnyEvent, Identify, Item, Position
from salience.events.reading import Reading
from salience.events.write import Put, Seen, Write


class PersonFields:
    """``value`` is how many traits of the person are known, the same for every item."""

    name = "traits"

    def writes(self, event: AnyEvent) -> Iterable[Write]:
        """That the id was heard of; traits by when they were true. Null forgets."""
        if event.subject and not isinstance(event, Item | Position):
            yield Seen(event.subject, event.received)
        if isinstance(event, Identify):
            for trait, value in event.traits.items():
                yield Put("person", event.subject, f"trait:{trait}", value, event.time)

    def value(self, reading: Reading, items: NDArray[np.int64], now: int) -> NDArray[np.float64]:  # noqa: ARG002
        """The number of known traits."""
        return np.full(len(items), float(len(reading.person.fields)))
