"""Bodies: bytes -> the raw events in them, by strict JSON (RFC 8259, I-JSON's unique names, 64-bit integers).

msgspec refuses NaN, trailing commas and bad UTF-8 by itself, but takes the last of two equal names and integers of any
size, and does not limit depth. One pass over the decoded value and one regular expression over the bytes add that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import msgspec

from salience.collect.limits import PUBLIC, Limits, Malformed, TooLarge
from salience.collect.receipt import Rejected
from salience.collect.times import milliseconds
from salience.collect.typed import Typed, typed
from salience.events import InvalidInput

Raw: TypeAlias = msgspec.Raw
"""The bytes of one event inside a body that `decode` has judged strict."""

_any = msgspec.json.Decoder()
_list = msgspec.json.Decoder(list[msgspec.Raw])
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"\s*+(:?)', re.DOTALL)
"""Every string with the colon after it, if any. Possessive: linear whatever the input."""

_LEAST, _MOST = -(2**63), 2**63 - 1
_FORM = 'send {"events": [...]}, a bare list of events, or one event per line as application/x-ndjson'


class _Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    events: list[msgspec.Raw]
    sent: Any = None


class Body:
    """The events of a body, and when it left by the sender's clock (ms UTC; 0 if it does not say).

    ``typed``: they too, where the short way led to the end; ``events`` are then taken apart only if somebody asks.
    """

    __slots__ = ("_events", "sent", "typed")

    def __init__(self, events: list[Any] | Callable[[], list[Any]], sent: int = 0, typed: Typed | None = None) -> None:
        self._events, self.sent, self.typed = events, sent, typed

    @property
    def events(self) -> list[Any]:
        """One by one, as they came."""
        if callable(self._events):
            self._events = self._events()
        return self._events

    def __iter__(self) -> Iterator[Any]:
        return iter(self.events)

    def __len__(self) -> int:
        return len(self.typed.events if self.typed else self.events)


_envelope = msgspec.json.Decoder(_Envelope)


def decode(body: bytes, *, limits: Limits = PUBLIC, lines: bool = False) -> list[Raw | Rejected]:
    """The events of a body: ``{"events": [...]}``, a list, or with ``lines`` one JSON value per line.

    Raises `TooLarge` beyond a limit, `Malformed` for anything but strict JSON of that form.

    >>> [bytes(raw) for raw in decode(b'{"events": [{"kind": "click"}, 7]}')]
    [b'{"kind": "click"}', b'7']
    """
    return decoded(body, limits=limits, lines=lines).events


def decoded(body: bytes, *, limits: Limits = PUBLIC, lines: bool = False) -> Body:
    """As `decode`, with the time of sending: ``{"events": [...], "sent": 1767225600000}``, or RFC 3339 text.

    >>> decoded(b'{"events": [7], "sent": "2026-01-01T00:00:00Z"}').sent
    1767225600000
    """
    if len(body) > limits.body:
        raise TooLarge("body", f"{len(body):,} bytes", f"must have at most {limits.body:,}", "send smaller batches")
    if not lines and (short := typed(body, limits)):
        return Body(lambda: _document(body, limits).events, short.sent, short)
    found = Body(_lines(body, limits)) if lines else _document(body, limits)
    events = found.events
    if not events:
        raise Malformed("events", [], "must hold at least one event", _FORM)
    if len(events) > limits.events:
        raise TooLarge("events", len(events), f"must be at most {limits.events:,} in one body", "send smaller batches")
    return found


def strict(data: bytes, *, depth: int = PUBLIC.depth, parameter: str = "body") -> Any:
    """The value of strict JSON. `Malformed` names what is wrong; integers beyond 64 bits are `InvalidInput`.

    >>> strict(b'{"a": {"b": 1, "b": 2}}')
    Traceback (most recent call last):
        ...
    salience.collect.limits.Malformed: body = '3 names, 2 distinct': must not repeat a name within an object
    """
    try:
        value = _any.decode(data)
    except RecursionError:
        raise Malformed(parameter, "...", f"must not nest deeper than {depth}") from None
    except msgspec.ValidationError as error:
        raise InvalidInput(parameter, "...", f"holds a number that does not fit: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed(parameter, f"{len(data):,} bytes", f"must be strict JSON: {error}") from None
    kept = _names(value, depth, parameter)
    if _surely(data, kept):
        return value
    written = _STRING.findall(data).count(b":")
    if written != kept:
        raise Malformed(parameter, f"{written} names, {kept} distinct", "must not repeat a name within an object")
    return value


def _surely(data: bytes, names: int) -> bool:
    """Whether no name is written twice, by counting alone; False asks for a closer look.

    Without space before any colon each name ends in ``":``, so there are at most as many names as those. As many
    distinct names as that: none is repeated.
    """
    return data.count(b'":') == names and not any(space in data for space in (b" :", b"\t:", b"\n:", b"\r:"))


def _document(body: bytes, limits: Limits) -> Body:
    value = strict(body, depth=limits.depth)
    try:
        if isinstance(value, list):
            return Body(_list.decode(body))
        if isinstance(value, dict):
            found = _envelope.decode(body)
            return Body(found.events, 0 if found.sent is None else milliseconds(found.sent))
    except msgspec.ValidationError as error:
        raise Malformed("body", sorted(value)[:5], str(error), _FORM) from None
    except ValueError as error:
        raise InvalidInput("sent", value["sent"], str(error), "leave it out, or send ms UTC") from None
    raise Malformed("body", value, "must be an object or a list", _FORM)


def _lines(body: bytes, limits: Limits) -> list[Raw | Rejected]:
    """A line that is no strict JSON is one bad event; only if no line is any, the body as a whole is at fault."""
    events: list[Raw | Rejected] = []
    faults: list[InvalidInput] = []
    for number, line in enumerate(body.split(b"\n"), 1):
        if line.strip():
            try:
                strict(line, depth=limits.depth, parameter=f"line {number}")
                events.append(Raw(line))
            except InvalidInput as fault:
                faults.append(fault)
                events.append(Rejected(line, f"line {number}: {fault.rule}", line=number))
    if faults and len(faults) == len(events):
        raise faults[0]
    return events


def _names(value: Any, depth: int, parameter: str) -> int:
    """How many names the objects in a value have; refuses what is too deep or too large on the way."""
    names, level, here = 0, 0, [value]
    while here:
        below: list[Any] = []
        for one in here:
            kind = type(one)
            if kind is dict:
                names += len(one)
                below.extend(one.values())
            elif kind is list:
                below.extend(one)
            elif kind is int and not _LEAST <= one <= _MOST:
                raise InvalidInput(parameter, "an integer", "must fit into 64 bits", "send it as a string")
        level += 1
        if level >= depth and any(type(one) is dict or type(one) is list for one in below):
            raise Malformed(parameter, "...", f"must not nest deeper than {depth}")
        here = below
    return names
