"""What each source sends, day by day, as counts: how much, of which kinds, what is missing in it.

Counts only, never an event or an id, so the report of ten million events fits into a few megabytes. Items are counted
in 32 bins by a checksum of their id: enough to see that the mix of items has moved, too little to see which.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import frexp
from zlib import crc32

from salience.events import Alias, AnyEvent, Decision, Item, Position, Ranked, Steering
from salience.prepare.activity import DAY_MS

HOURS_A_BIN = 4
OURS = "salience:"
"""How the sources of our own events begin."""
ITEM_BINS = 32
FIELDS = ("item", "session", "query", "price", "value", "text", "page")
"""Fields looked at for missing values, where the kind of event has them; and ``person``, and the context's own."""

EARLY_MS = 5 * 60_000
"""An event may be this much ahead of its receipt before its clock counts as wrong."""

Shares = dict[str, Counter[str]]


@dataclass
class Day:
    """One day of one source. ``mixes``: name -> bin -> events; ``asked`` and ``missing``: field -> events."""

    events: int = 0
    machines: int = 0
    early: int = 0
    mixes: Shares = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: Day) -> Day:
        """Both days together."""
        names = {*self.mixes, *other.mixes}
        return Day(
            self.events + other.events,
            self.machines + other.machines,
            self.early + other.early,
            {name: self.mixes.get(name, Counter()) + other.mixes.get(name, Counter()) for name in names},
            self.asked + other.asked,
            self.missing + other.missing,
        )


Sources = dict[str, dict[int, Day]]
"""Source -> day (since 1970-01-01 UTC) -> counts."""


def sources(chunks: Iterable[Sequence[AnyEvent]]) -> Sources:
    """Read events in any order. What is made here (decisions, places of streams) is no source's.

    >>> from salience.events import View
    >>> made = sources([[View(id="1", item="tea", time=5, source="web")]])
    >>> made["web"][0].events, made["web"][0].missing["person"]
    (1, 1)
    """
    found: Sources = {}
    for chunk in chunks:
        for event in chunk:
            ours = isinstance(event, Decision | Position | Ranked | Steering) or event.source.startswith(OURS)
            if not ours:
                when = (event.time or event.received) // DAY_MS
                _count(found.setdefault(event.source or "unnamed", {}).setdefault(when, Day()), event)
    return found


def _count(day: Day, event: AnyEvent) -> None:
    day.events += 1
    day.machines += bool(event.context.get("bot"))
    day.early += bool(event.received and event.time > event.received + EARLY_MS)
    _bin(day, "kind", event.kind)
    hour = (event.time or event.received) % DAY_MS // 3_600_000
    _bin(day, "hour", f"{hour // HOURS_A_BIN * HOURS_A_BIN:02d} h")
    item = getattr(event, "item", "")
    if item:
        _bin(day, "item", str(crc32(item.encode()) % ITEM_BINS))
    price = getattr(event, "price", None)
    if price:
        _bin(day, "price", f"under {2.0 ** frexp(price)[1]:g}")
    if not isinstance(event, Item | Alias):
        _ask(day, "person", there=bool(event.subject))
    for name in FIELDS:
        if hasattr(event, name):
            _ask(day, name, there=getattr(event, name) not in ("", None) and (name != "price" or bool(price)))
    for name, value in event.context.items():
        if isinstance(value, str) and name != "bot" and len(day.mixes) < 2 * ITEM_BINS:
            _bin(day, f"context {name}", str(crc32(value.encode()) % ITEM_BINS))


def _bin(day: Day, name: str, where: str) -> None:
    day.mixes.setdefault(name, Counter())[where] += 1


def _ask(day: Day, name: str, *, there: bool) -> None:
    day.asked[name] += 1
    if not there:
        day.missing[name] += 1
