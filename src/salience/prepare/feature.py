"""A feature is two functions: what an event writes into state, and what a request reads out of it, for many items.

Training and serving both call these, so a feature cannot mean two things (law 5).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from salience.events import AnyEvent, Event
from salience.events.reading import Reading
from salience.events.write import Write


class Feature(Protocol):
    """One feature, in one file of `salience.prepare.features`, listed in its ``__init__``."""

    name: str

    @property
    def kinds(self) -> Collection[type[Event]]:
        """Of which `writes` is asked; it changes nothing for any other."""
        ...

    def writes(self, event: AnyEvent) -> Iterable[Write]:
        """What this event changes. Pure: nothing but the event decides."""
        ...

    def value(self, reading: Reading, items: NDArray[np.int64], now: int) -> NDArray[np.float64]:
        """The feature for each of the item codes, shape (len(items),)."""
        ...
