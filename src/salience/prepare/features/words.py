"""What a person searched for lately: words of theirs become fields only while they may be personalised for.

State drops the words at the moment in which personalisation is refused and takes no new ones; `recommend` reads them
only for an answer that may be personal, and only if the setting ``use_learned`` names ``searches``. Eight searches at
most are kept, and each counts for 30 days.
"""

from __future__ import annotations

from collections.abc import Iterable
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from salience.events import AnyEvent, Consent, Search
from salience.events.insights import WORDS, WORDS_MAY, WORDS_TIME
from salience.events.reading import Person, Reading
from salience.events.write import Put, Write
from salience.prepare.text import plain

PURPOSE = "personalisation"
SLOTS = 8
LONGEST = 200
FRESH_MS = 30 * 24 * 3600 * 1000


def searches(person: Person, now: int) -> tuple[str, ...]:
    """What the person searched for in the last 30 days, newest first."""
    found = []
    for slot in range(SLOTS):
        words = person.fields.get(f"{WORDS}{slot}")
        time = int(person.fields.get(f"{WORDS}{slot}{WORDS_TIME}", 0))
        if words and now - time <= FRESH_MS:
            found.append((time, str(words)))
    return tuple(dict.fromkeys(words for _, words in sorted(found, reverse=True)))


class Words:
    """``value`` is 1 for every item while something was searched for lately, else 0."""

    name = "searched"
    kinds = (Consent, Search)

    def writes(self, event: AnyEvent) -> Iterable[Write]:
        """A search takes one of eight places, which its id chooses: any order of events ends in the same words."""
        if isinstance(event, Consent) and PURPOSE in event.purposes:
            return (Put("person", event.subject, WORDS_MAY, event.purposes[PURPOSE], event.received),)
        if not isinstance(event, Search) or not event.subject or event.context.get("bot"):
            return ()
        words = plain(event.query)[:LONGEST]
        place = f"{WORDS}{crc32(event.id.encode()) % SLOTS}"
        return (
            Put("person", event.subject, place, words, event.time),
            Put("person", event.subject, place + WORDS_TIME, event.time, event.time),
        )

    def value(self, reading: Reading, items: NDArray[np.int64], now: int) -> NDArray[np.float64]:
        """The same for all items."""
        return np.full(len(items), float(bool(searches(reading.person, now))))
