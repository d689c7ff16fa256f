"""The gate: what was sent -> what is stored, what is kept as failed, and a result for each. Pure.

Each event is judged on its own, so a bad one never sinks its batch. Nothing raises, whatever comes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import msgspec
from msgspec import structs

from salience.collect.decode import Body, Raw, strict
from salience.collect.identity import content_id, ordinary
from salience.collect.limits import PUBLIC, SECRET, Limits
from salience.collect.receipt import Accepted, Rejected, Result
from salience.collect.rules import Fault, checked, id_values
from salience.collect.sender import Door, Sender
from salience.collect.times import LATEST, milliseconds
from salience.collect.together import One, no_zero, together
from salience.collect.typed import typed_lines
from salience.events import Action, AnyEvent, Event, InvalidInput
from salience.events.kinds import LONGEST_TEXT

Sent: TypeAlias = bytes | Raw | Mapping[str, Any] | AnyEvent | Rejected
"""One event as it may be sent. `Raw` comes out of `decode`, a `Rejected` row out of an importer."""

UNREADABLE = "unreadable"
"""What is stored in place of a consent string that cannot be held."""

_NONE: Sequence[str] = ()
_one = msgspec.json.Decoder(AnyEvent)
_list = msgspec.json.Decoder(list[AnyEvent])
_untyped = msgspec.json.Decoder()
_encode = msgspec.json.Encoder().encode


def accept(
    raw: Sequence[Sent] | Body,
    *,
    now: int,
    source: str,
    public: bool = False,
    limits: Limits | None = None,
    sender: Sender | None = None,
    door: Door | None = None,
) -> Accepted:
    """Judge, normalise and stamp a batch. ``source`` and ``received`` are ours: what a sender writes there is replaced.

    ``public`` is for write keys, which anybody can read in a page: no known users, no catalogue, stricter consent only.
    ``limits`` are by default those of the kind of key; ``sender`` says more of who sends than ``public`` does, and the
    workspace's ``door`` remembers how fast everybody is.

    >>> sent = [b'{"kind":"click","id":"e1","user":"ann","item":"tea"}', {"kind": "click", "user": "ann"}]
    >>> judged = accept(sent, now=7, source="doc")
    >>> [(event.id, event.time) for event in judged.events]
    [('e1', 7)]
    >>> judged.results[1].reason
    'item: is missing'
    """
    sender, door = sender or Sender(public=public), door or Door()
    limits = limits or (PUBLIC if sender.public else SECRET)

    def one(event: AnyEvent, usual: bool) -> tuple[AnyEvent, list[str]]:
        if isinstance(event, Action) and event.name in door.mappings.names:
            event, usual = _mapped(event, door), False
        return checked(event, now=now, source=source, sender=sender, door=door, limits=limits, usual=usual)

    short = raw.typed if isinstance(raw, Body) else typed_lines(raw, limits)
    if short and (done := together(short, one, now=now, source=source, sender=sender, door=door)):
        return done
    return _each(raw.events if isinstance(raw, Body) else raw, one, now=now, limits=limits)


def _each(raw: Sequence[Sent], one: One, *, now: int, limits: Limits) -> Accepted:
    """One after the other, each with its own fault."""
    events: list[AnyEvent] = []
    failed: list[Rejected] = []
    results: list[Result] = []
    typed = _typed_together(raw, limits)
    usual = typed is not None and ordinary([name for event in typed for name in id_values(event)])
    for index, sent in enumerate(raw):
        event_id, warnings = "", _NONE
        try:
            if typed is not None:
                event = typed[index]
            elif isinstance(sent, Rejected):
                raise Fault("", sent.reason)  # noqa: TRY301 - one place turns faults into results
            else:
                event, warnings = _read(sent, limits)
            event_id = event.id
            if not isinstance(sent, Event):
                no_zero(event)
            event, more = one(event, usual)
        except Fault as fault:
            failed.append(Rejected(_bytes(sent), str(fault), now, getattr(sent, "line", 0)))
            results.append(Result(index, event_id, "failed", str(fault)))
        else:
            events.append(event)
            said = "; ".join((*warnings, *more)) if warnings or more else ""
            results.append(Result(index, event.id, "stored", warning=said))
    return Accepted(tuple(events), tuple(failed), tuple(results))


def _typed_together(raw: Sequence[Sent], limits: Limits) -> list[AnyEvent] | None:
    """The events of a body read in one go, or None where one of them needs a look of its own."""
    if not all(type(sent) is Raw for sent in raw) or max(map(len, raw), default=0) > limits.event:  # type: ignore[arg-type]
        return None
    try:
        return _list.decode(b"[" + b",".join(raw) + b"]")  # type: ignore[arg-type]
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _read(sent: bytes | Raw | Mapping[str, Any] | AnyEvent, limits: Limits) -> tuple[AnyEvent, list[str]]:
    """A typed, valid event that nobody else holds, and what had to be added."""
    if isinstance(sent, Event):
        return _trusted(sent), []
    data = _bytes(sent)
    if len(data) > limits.event:
        raise Fault("", f"has {len(data):,} bytes, at most {limits.event:,} are taken")
    if not isinstance(sent, Raw):
        try:
            strict(data, depth=limits.depth, parameter="event")
        except InvalidInput as error:
            raise Fault("", error.rule) from None
    try:
        return _one.decode(data), []
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _completed(data)


def _trusted(event: AnyEvent) -> AnyEvent:
    """A typed event went through no decoder, so its ranges are checked here; the copy is ours to stamp."""
    try:
        copy: AnyEvent = _one.decode(_encode(event))
    except (UnicodeEncodeError, OverflowError, TypeError) as error:
        raise Fault("", f"cannot be written as JSON: {error}") from None
    except msgspec.ValidationError as error:
        raise _named(error) from None
    return copy


def _mapped(action: Action, door: Door) -> AnyEvent:
    """The event that the workspace's own rules make of an action, judged like one that was sent so."""
    fields = door.mappings.applied(action)
    if fields is None:
        return action
    try:
        event: AnyEvent = _one.decode(_encode(fields))
    except msgspec.ValidationError as error:
        raise _named(error) from None
    return event


def _completed(data: bytes) -> tuple[AnyEvent, list[str]]:
    """An event that lacks an id or writes its time as text; or the reason why it is none."""
    try:
        fields = _untyped.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Fault("", f"must be strict JSON: {error}") from None
    if type(fields) is not dict:
        raise Fault("", "must be a JSON object")
    nameless = "id" not in fields
    if nameless:
        fields["id"] = "-"
    if "time" in fields:
        try:
            # Beyond the year 2100 is a wrong clock like any other: let the clamp see the latest time it can hold.
            fields["time"] = min(milliseconds(fields["time"]), LATEST)
        except ValueError as error:
            raise Fault("time", str(error)) from None
    for ours in ("received", "source"):
        fields.pop(ours, None)
    warnings = _no_silence(fields) if fields.get("kind") == "consent" else []
    try:
        event: AnyEvent = _one.decode(_encode(fields))
    except msgspec.ValidationError as error:
        raise _named(error) from None
    if not nameless:
        return event, warnings
    structs.force_setattr(event, "id", content_id(event))
    return event, [*warnings, "id: was missing; made from the content, so the same content counts once"]


def _no_silence(fields: dict[str, Any]) -> list[str]:
    """A consent string that cannot be held is one that cannot be read: all is refused.

    As a failed event it would be silence, and what silence means a region's default says.
    """
    unread = [name for name in ("tcf", "gpp") if fields.get(name) is not None and not _is_text(fields[name])]
    fields.update(dict.fromkeys(unread, UNREADABLE))
    return [f"{name}: is no text of at most {LONGEST_TEXT:,} characters, so it counts as a refusal" for name in unread]


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_TEXT


def _named(error: msgspec.ValidationError) -> Fault:
    """msgspec's words with the path in front: "Expected `str`, got `int` - at `$.item`" -> item: expected `str`..."""
    text, _, path = str(error).partition(" - at `$")
    for start in ("Object missing required field `", "Object contains unknown field `"):
        if text.startswith(start):
            rule = "is missing" if "missing" in start else "is not a field of this kind of event"
            return Fault((path.strip("`.") + "." if path else "") + text[len(start) : -1], rule)
    if text.startswith("Invalid value") and path == ".kind`":
        return Fault("kind", "is none of the known kinds of event")  # the value stays out: it is the sender's
    return Fault(path.strip("`."), text[:1].lower() + text[1:])


def _bytes(sent: Sent) -> bytes:
    """What is kept of an event that failed, and what a mapping is judged by."""
    if isinstance(sent, bytes | Raw):
        return bytes(sent)
    if isinstance(sent, Rejected):
        return sent.raw
    try:
        return _encode(sent)
    except (UnicodeEncodeError, OverflowError, TypeError, ValueError, RecursionError):
        return ascii(sent).encode()
