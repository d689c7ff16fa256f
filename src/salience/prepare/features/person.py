"""What is known of a person besides behaviour: traits. Choices about purposes are `privacy.consents`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from salience.events import AnyEvent, Identify, Item, Position
from salience.events.reading import Reading
from salience.events.write import Put, Seen, Write
from salience.prepare.features.predicted import SOURCE

_NOBODY = (Item, Position)
_ABOUT_SOMEBODY = tuple(kind for kind in get_args(AnyEvent) if kind not in _NOBODY)


class PersonFields:
    """``value`` is how many traits of the person are known, the same for every item."""

    name = "traits"
    kinds = _ABOUT_SOMEBODY

    def writes(self, event: AnyEvent) -> Iterable[Write]:
        """That the id was heard of; traits by when they were true. Null forgets."""
        subject = event.user or event.subject
        if not subject or type(event) in _NOBODY:
            return ()
        seen = Seen(subject, event.received)
        if type(event) is not Identify or event.source == SOURCE:
            return (seen,)
        return (seen, *(Put("person", subject, f"trait:{n}", value, event.time) for n, value in event.traits.items()))

    def value(self, reading: Reading, items: NDArray[np.int64], now: int) -> NDArray[np.float64]:  # noqa: ARG002
        """The number of known traits."""
        known = sum(name.startswith("trait:") for name in reading.person.fields)
        return np.full(len(items), float(known))
