"""An event as it is stored: its own columns beside its JSON. Whole tables become these without ever being objects."""

from __future__ import annotations

from typing import NamedTuple


class Written(NamedTuple):
    """One event as it is stored; ``crc`` is that of ``body``.

    Whoever hands one to a log vouches that it reads back, and holds nothing personal that would have to be sealed
    (`salience.collect.columns` does). `salience.store.rows` makes the others.
    """

    id: str
    kind: str
    subject: str
    time: int
    body: bytes
    crc: int
