"""What a delivery says of itself besides its events, and what the door knows: both are arguments of `accept`."""

from __future__ import annotations

from dataclasses import dataclass, field

from msgspec import Struct

from salience.collect.mappings import Mappings
from salience.collect.pace import Pace
from salience.collect.surges import Surges


class Sender(Struct, frozen=True):
    """Who handed a batch over.

    ``public``: by a write key. ``named``: that key may name known users in what they do, as Segment's keys may.
    ``sent``: ms UTC by the sender's clock when the batch left, 0 if it does not say. ``agent``: the User-Agent header
    of a browser, which is looked at and not kept. ``opted_out``: the browser sent Global Privacy Control. ``network``:
    the cut address that a browser called from (`salience.collect.surges`), not kept either; "" where nobody knows.
    """

    public: bool = False
    named: bool = False
    sent: int = 0
    agent: str = ""
    opted_out: bool = False
    network: str = ""


@dataclass
class Door:
    """What one workspace applies to everything that comes in live: settings, mappings, how fast everybody is, and how
    many come from one network."""

    mappings: Mappings = field(default_factory=Mappings)
    pace: Pace = field(default_factory=Pace)
    surges: Surges = field(default_factory=lambda: Surges(0))
    coarse: bool = False
    vendor: int = 0
