"""Events of one body judged together: what is asked of every id, person and time is asked of all of them at once.

Most of what comes is a deed without anything personal in it, and breaks no rule. Such an event is stored as its own
JSON with the time of arrival and the source behind it. The others of the body are judged one by one (`rules.checked`);
if one of them breaks a rule, the body goes the long way, which keeps its bytes and says why.
"""

from __future__ import annotations

from collections.abc import Callable
from zlib import crc32

import msgspec
from msgspec import structs

from salience.collect.bots import is_crawler
from salience.collect.identity import NOBODY_IN_PARTICULAR
from salience.collect.receipt import Accepted, Result
from salience.collect.rules import Fault
from salience.collect.sender import Door, Sender
from salience.collect.times import AGREE_MS, DAY_MS, LIVE_MS
from salience.collect.typed import Typed
from salience.events import (
    ANONYMOUS,
    EXPERIMENT,
    SOURCE,
    AnyEvent,
    Click,
    Event,
    Exposure,
    Follow,
    Impression,
    ShareItem,
    View,
)
from salience.events.written import Written

PLAIN: dict[type[Event], str] = {
    kind: str(kind.__struct_config__.tag) for kind in (View, Click, ShareItem, Follow, Impression, Exposure)
}
"""Kinds in which the context alone is personal, and whose fields have no rules between them."""

One = Callable[[AnyEvent, bool], tuple[AnyEvent, list[str]]]
"""Judges an event by itself, given whether its ids are ordinary; raises `Fault`."""


def together(found: Typed, one: One, *, now: int, source: str, sender: Sender, door: Door) -> Accepted | None:
    """The body judged; None if an event breaks a rule, or if there is no way to tell at once."""
    events, plain = found.events, _plain(found, now, sender, door)
    after = _after(now, sender)
    until = now + DAY_MS
    behind = b',"received":%d,"source":%s}' % (now, msgspec.json.encode(source))
    timed = b',"time":%d' % now + behind
    network = sender.network
    rows: list[Written | None] = []
    results: list[Result] = []
    for index, event in enumerate(events):
        tag, time, user, said = PLAIN.get(type(event)) if plain else None, event.time, event.user, behind
        if plain and not time:
            time, said = now, timed
            structs.force_setattr(event, "time", now)
        if (
            tag is None
            or event.context
            or event.received
            or event.source
            or not after < time <= until
            or not (user or event.anonymous)
            or (sender.public and (user or door.pace.fast(event)))
            or (network and door.surges.over(event, network, now))
        ):
            try:
                no_zero(event)
                events[index], warnings = one(event, found.usual)
            except Fault:
                return None
            rows.append(None)
            results.append(Result(index, events[index].id, "stored", warning="; ".join(warnings)))
            continue
        structs.force_setattr(event, "received", now)
        structs.force_setattr(event, "source", source)
        body = found.parts[index] + said
        rows.append(Written(event.id, tag, user or ANONYMOUS + event.anonymous, time, body, crc32(body)))
        results.append(Result(index, event.id, "stored"))
    return Accepted(tuple(events), (), tuple(results), tuple(rows))


def no_zero(event: AnyEvent) -> None:
    """ "0" is what a program sends for nobody. In a file or a notebook (typed events) it is the first of many."""
    for path, name in (("user", event.user), ("anonymous", event.anonymous)):
        if name.strip() == "0":
            raise Fault(path, "must not be '0': that is a missing id")


def _plain(found: Typed, now: int, sender: Sender, door: Door) -> bool:
    """Whether nothing about sender, workspace and people asks for a look at each event."""
    if not found.usual or door.coarse or sender.named or is_crawler(sender.agent):
        return False
    if sender.sent and abs(now - sender.sent) > AGREE_MS:
        return False
    names = "|".join({name for event in found.events for name in (event.user, event.anonymous)}).lower()
    if any(prefix in names for prefix in (ANONYMOUS, SOURCE, EXPERIMENT)):
        return False
    people = names.split("|")  # an id with a bar in it is looked at in parts: that can only find too much
    return "0" not in people and NOBODY_IN_PARTICULAR.isdisjoint(people)


def _after(now: int, sender: Sender) -> int:
    """The time before which, or at which, the clock must be looked at (`times.placed`)."""
    return now - LIVE_MS - 1 if sender.public and not sender.sent else 0
