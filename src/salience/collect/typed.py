"""The short way of a body: typed events in one decoding, and the proof that its JSON was strict by counting names.

msgspec alone takes the last of two equal names in an object, and leaves out fields that stand at their default when it
writes. So write what was read: of b names in the body d are repeated and s say a default, and b - d - s come out again.
Neither d nor s is less than 0: as many names out as in, and both are 0. Names can be counted as ``":`` where nothing is
escaped and no space stands before a colon.

Only what surely is strict goes this way; anything else goes the long way (`decode.strict`), which has the words for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from salience.collect.identity import ordinary
from salience.collect.limits import Limits
from salience.collect.rules import id_values
from salience.collect.times import milliseconds
from salience.events import (
    Action,
    AnyEvent,
    Cart,
    Click,
    Exposure,
    Follow,
    Identify,
    Impression,
    Item,
    Message,
    Page,
    Purchase,
    Rating,
    Search,
    ShareItem,
    View,
)

FLAT = frozenset(
    {View, Click, Cart, Purchase, Rating, Search, ShareItem, Follow, Message, Impression, Exposure, Page, Action}
    | {Identify, Item}
)
"""Kinds that hold nothing deeper than one object of scalars, so no body of them is too deep."""

_FREE = {Action: "properties", Identify: "traits", Item: "attributes"}
"""Besides the context, the fields in which a sender may put whole numbers of any size."""

UNBOUND = {View: "dwell_ms", Click: "position", Search: "results", Impression: "position", Exposure: "position"}
"""And those in which there is one without an upper bound."""

_WHOLE = 2**63 - 1

_SPACES = (b" ", b"\t", b"\n", b"\r")
_KIND = b'{"kind":'
_BETWEEN = b"}," + _KIND
_UNLIKELY = (b'"null"', b'"nan"', b'"none"', b'"undefined"', b'"[object object]"')
"""Ids that are none (`identity.fault`), as they stand in a body."""


class _Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    events: list[AnyEvent]
    sent: Any = None


_envelope = msgspec.json.Decoder(_Envelope)
_list = msgspec.json.Decoder(list[AnyEvent])
_encode = msgspec.json.Encoder().encode


class Typed(NamedTuple):
    """``parts``: the JSON of each event, without its last bracket. ``usual``: every id of them is `ordinary`."""

    events: list[AnyEvent]
    parts: list[bytes]
    usual: bool
    sent: int = 0


def typed_lines(lines: Sequence[Any], limits: Limits) -> Typed | None:
    """The same of events that came one by one, each as its own bytes.

    Joined they are a list. Where each begins with an opening and ends with a closing brace, and there are as many
    events as lines, each line is one: no list of objects stands inside an event of these kinds.
    """
    if not lines or any(type(line) is not bytes or line[:1] != b"{" or line[-1:] != b"}" for line in lines):
        return None
    found = typed(b"[" + b",".join(lines) + b"]", limits, longest=max(map(len, lines)))
    return found if found and len(found.events) == len(lines) else None


def typed(body: bytes, limits: Limits, *, longest: int = 0) -> Typed | None:
    """The events of a body that is surely strict and within the limits; None where that takes a closer look.

    ``longest``: bytes of the longest event, where the caller knows.

    >>> found = typed(b'{"events":[{"kind":"click","id":"1","user":"ann","item":"tea"}]}', Limits())
    >>> found.parts, found.usual
    ([b'{"kind":"click","item":"tea","id":"1","user":"ann"'], True)
    >>> typed(b'{"events":[{"kind":"click","id":"1","id":"2","user":"ann","item":"tea"}]}', Limits()) is None
    True
    """
    if b"\\" in body or not body.startswith((b"{", b"[")):
        return None
    try:
        if body.startswith(b"["):
            events, sent, around = _list.decode(body), 0, 0
        else:
            found = _envelope.decode(body)
            events, around = found.events, 1 + (found.sent is not None)
            sent = 0 if found.sent is None else milliseconds(found.sent)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError):
        return None
    if not 0 < len(events) <= limits.events or not FLAT.issuperset(map(type, events)):
        return None
    written = _encode(events)
    spaced = any(map(body.__contains__, _SPACES))
    if spaced and ((longest or len(body)) > limits.event or any(space + b":" in body for space in _SPACES)):
        return None
    if written.count(b'":') + around != body.count(b'":'):
        return None
    parts = [_KIND + part for part in written[len(_KIND) + 1 : -2].split(_BETWEEN)]
    if max(map(len, parts)) >= limits.event or not all(map(_bounded, events)):
        return None
    return Typed(events, parts, _usual(events, written), sent)


def _bounded(event: AnyEvent) -> bool:
    """Whether whole numbers fit 64 bits."""
    kind = type(event)
    if (unbound := UNBOUND.get(kind)) and getattr(event, unbound) > _WHOLE:
        return False
    free = _FREE.get(kind)
    if not event.context and not free:
        return True
    values = [*event.context.values(), *(getattr(event, free).values() if free else ())]
    return all(-_WHOLE <= value <= _WHOLE for value in values if type(value) is int)


def _usual(events: list[AnyEvent], written: bytes) -> bool:
    """As `identity.ordinary` of all ids, looked for in the bytes where that is enough."""
    if b" " in written or b"\x7f" in written or not written.isascii():
        return ordinary([name for event in events for name in id_values(event)])
    lower = written.lower()
    return not any(word in lower for word in _UNLIKELY)
