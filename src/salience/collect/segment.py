"""Calls in the shapes of Segment's HTTP tracking API -> our events, so that its SDKs and RudderStack's work unchanged.

One message may be several events (an order has products): the first keeps the ``messageId`` as its id, the others add
a number to it. Whatever is no field of ours stays with the event, as ``properties.NAME`` in its context.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias, get_args

import msgspec
from msgspec import Struct

from salience.collect.commerce import COMMERCE
from salience.collect.decode import strict
from salience.collect.flat import flat
from salience.collect.limits import Limits, Malformed, TooLarge
from salience.collect.mappings import PROPERTIES
from salience.collect.receipt import Receipt, Rejected, Result
from salience.collect.times import milliseconds
from salience.events.kinds import IdKind

SEGMENT = Limits(body=512_000, event=32_768)
"""Segment's own limits, whatever the key: 32 KB an event, 500 KB a batch."""

Part: TypeAlias = dict[str, Any] | Rejected


class _Batch(Struct, frozen=True):
    batch: list[msgspec.Raw]
    sentAt: Any = None  # noqa: N815 - Segment's name
    context: Any = None


_batch = msgspec.json.Decoder(_Batch)
_any = msgspec.json.Decoder()


class Call(Struct, frozen=True):
    """What one request holds: per message the events that it stands for, and when it left by the sender's clock."""

    parts: tuple[tuple[Part, ...], ...]
    sent: int = 0


def single(body: bytes, kind: str, *, own: Collection[str] = ()) -> Call:
    """The one message of ``/v1/track`` and its siblings. ``own``: names that the workspace maps itself."""
    if not body.strip():
        raise Malformed("body", "", "must not be empty", f"send one {kind} message as a JSON object")
    if len(body) > SEGMENT.event:
        raise TooLarge("body", f"{len(body):,} bytes", f"must have at most {SEGMENT.event:,}", "send less with it")
    message = strict(body, depth=SEGMENT.depth)
    if not isinstance(message, dict):
        raise Malformed("body", message, "must be one JSON object")
    typed = {**message, "type": kind}
    raw = body if message.get("type") == kind else msgspec.json.encode(typed)  # kept without its path if it fails
    return Call((_events(typed, raw, own),), _moment(message.get("sentAt")))


def batch(body: bytes, *, own: Collection[str] = ()) -> Call:
    """The messages of ``/v1/batch``, each with its own ``type``; the batch's context is that of each of them."""
    if not body.strip():
        raise Malformed("body", "", "must not be empty", 'send {"batch": [...]}')
    if not isinstance(strict(body, depth=SEGMENT.depth), dict):
        raise Malformed("body", "", 'must be {"batch": [...]}')
    try:
        found = _batch.decode(body)
    except msgspec.ValidationError as error:
        raise Malformed("batch", "", str(error), 'send {"batch": [...]}') from None
    if not found.batch:
        raise Malformed("batch", [], "must hold at least one message")
    if len(found.batch) > SEGMENT.events:
        raise TooLarge("batch", len(found.batch), f"must have at most {SEGMENT.events:,} messages", "send smaller ones")
    shared = found.context if isinstance(found.context, dict) else {}
    messages = [_any.decode(raw) for raw in found.batch]
    first = next((one.get("sentAt") for one in messages if isinstance(one, dict) and "sentAt" in one), None)
    parts = tuple(
        _of_batch(message, bytes(raw), shared, own) for message, raw in zip(messages, found.batch, strict=True)
    )
    return Call(parts, _moment(found.sentAt) or _moment(first))


def collapsed(call: Call, receipt: Receipt) -> tuple[Result, ...]:
    """A result per message out of the results per event: failed if any part failed, stored if any was new."""
    results, at = [], 0
    for index, parts in enumerate(call.parts):
        mine = receipt.results[at : at + len(parts)]
        at += len(parts)
        status = next(
            (one for one in ("failed", "stored", "refused") if any(r.status == one for r in mine)), "duplicate"
        )
        reason = next((r.reason for r in mine if r.reason), "")
        warning = next((r.warning for r in mine if r.warning), "")
        results.append(Result(index, mine[0].id, status, reason, warning))  # type: ignore[arg-type]
    return tuple(results)


def _of_batch(message: Any, raw: bytes, shared: dict[str, Any], own: Collection[str]) -> tuple[Part, ...]:
    if len(raw) > SEGMENT.event:
        return (Rejected(raw, f"has {len(raw):,} bytes, at most {SEGMENT.event:,} are taken"),)
    if not isinstance(message, dict):
        return (Rejected(raw, "must be a JSON object"),)
    if shared:
        mine = message.get("context")
        message = {**message, "context": {**shared, **(mine if isinstance(mine, dict) else {})}}
    return _events(message, raw, own)


def _events(message: dict[str, Any], raw: bytes, own: Collection[str]) -> tuple[Part, ...]:
    """What one message stands for."""
    kind = message.get("type")
    maker = _MAKERS.get(kind) if isinstance(kind, str) else None
    if maker is None:
        return (Rejected(raw, "type: must be one of " + ", ".join(_MAKERS)),)
    for name in ("properties", "traits", "context"):
        if not isinstance(message.get(name) or {}, dict):
            return (Rejected(raw, f"{name}: must be an object"),)
    try:
        made = maker(message, own)
    except ValueError as error:
        return (Rejected(raw, str(error)),)
    head, around = _head(message), _context(message.get("context") or {})
    parts: list[Part] = []
    for place, (fields, left) in enumerate(made):
        context = around | (fields.pop("context", {})) | _left(left)
        one = {**head, **fields, "context": context}
        if place and isinstance(head.get("id"), str):
            one["id"] = f"{head['id']}:{place}"
        parts.append(one)
    return tuple(parts)


def _head(message: dict[str, Any]) -> dict[str, Any]:
    """Who, when, and which event."""
    context = message.get("context") or {}
    created = message.get("originalTimestamp") or message.get("timestamp")
    head = {
        "id": message.get("messageId"),
        "user": message.get("userId"),
        "anonymous": message.get("anonymousId"),
        "session": context.get("sessionId"),
        "time": _moment(created) or created,
    }
    properties = message.get("properties") or {}
    for name in ("decision", "slot"):
        head[name] = properties.get(name) if isinstance(properties.get(name), str) else None
    return {
        name: str(value) if type(value) is int and name != "time" else value
        for name, value in head.items()
        if value is not None and value != ""
    }


def _moment(value: Any) -> int:
    """Milliseconds of a time, where text without an offset is UTC, as Segment reads it; 0 if it is none."""
    for form in (value, f"{value}Z") if isinstance(value, str) else (value,):
        try:
            return milliseconds(form)
        except (ValueError, OverflowError):
            continue
    return 0


def _context(context: dict[str, Any]) -> dict[str, Any]:
    """The part of Segment's context that is kept. Screen, network, location and advertising ids are not."""
    device, library = context.get("device"), context.get("library")
    kept: dict[str, Any] = {
        "user_agent": context.get("userAgent"),
        "ip": context.get("ip"),
        "locale": context.get("locale"),
        "timezone": context.get("timezone"),
        "device": device.get("type") if isinstance(device, dict) else None,
        "library": library.get("name") if isinstance(library, dict) else None,
        "group": context.get("groupId"),
        "webdriver": context.get("webdriver"),
    }
    page, campaign = context.get("page"), context.get("campaign")
    if isinstance(page, dict):
        kept["page"] = _path(page.get("path") or page.get("url"))
        kept["referrer"] = _path(page.get("referrer"))
    if isinstance(campaign, dict):
        kept |= {f"campaign.{name}": campaign.get(name) for name in ("name", "source", "medium", "term", "content")}
    return {name: value for name, value in kept.items() if isinstance(value, str | int | float) and value != ""}


def _path(address: Any) -> str:
    """An address without what follows a question or a number mark."""
    return address.partition("?")[0].partition("#")[0][:2048] if isinstance(address, str) else ""


def _left(properties: Mapping[str, Any]) -> dict[str, Any]:
    return flat(
        {name: value for name, value in properties.items() if name not in ("decision", "slot")}, PROPERTIES[:-1]
    )


_Made: TypeAlias = list[tuple[dict[str, Any], dict[str, Any]]]


def _track(message: dict[str, Any], own: Collection[str]) -> _Made:
    name = message.get("event")
    if not isinstance(name, str) or not name.strip():
        raise ValueError("event: is missing")
    properties = dict(message.get("properties") or {})
    maker = COMMERCE.get(name.strip().lower()) if name not in own else None
    made = maker(properties) if maker else []
    if made:
        return [({**fields, "context": {"event": name}}, left) for fields, left in made]
    return [({"kind": "action", "name": name, "properties": flat(message.get("properties") or {})}, {})]


def _page(message: dict[str, Any], _own: Collection[str]) -> _Made:
    properties, context = dict(message.get("properties") or {}), (message.get("context") or {}).get("page")
    around = context if isinstance(context, dict) else {}
    name = message.get("name") or properties.get("name")
    for address in ("path", "url"):
        properties.setdefault(address, around.get(address))
    path = _path(properties.pop("path", None)) or _path(properties.get("url")) or _path(name) or "/"
    for personal in ("url", "search"):
        properties.pop(personal, None)
    title, referrer = properties.pop("title", None), _path(properties.pop("referrer", None))
    fields = {"kind": "page", "page": path, "title": title, "referrer": referrer}
    known = {"name": name, "category": message.get("category")}
    left = {**properties, **{key: value for key, value in known.items() if value}}
    return [({key: value for key, value in fields.items() if value}, left)]


def _screen(message: dict[str, Any], _own: Collection[str]) -> _Made:
    properties = dict(message.get("properties") or {})
    name = message.get("name") or properties.pop("name", None) or message.get("category")
    if not isinstance(name, str) or not name:
        raise ValueError("name: is missing")
    left = {**properties, **({"category": message["category"]} if message.get("category") else {})}
    return [({"kind": "page", "page": name, "context": {"screen": True}}, left)]


def _identify(message: dict[str, Any], _own: Collection[str]) -> _Made:
    traits = message.get("traits") or (message.get("context") or {}).get("traits") or {}
    fields = {"kind": "identify", "traits": flat(traits) if isinstance(traits, dict) else traits}
    ids = _external((message.get("context") or {}).get("externalIds"))
    return [({**fields, "ids": ids} if ids else fields, {})]


def _external(listed: Any) -> dict[str, str]:
    """``[{"id": "77", "type": "loyalty_id"}]`` -> ``{"loyalty": "77"}``: those kinds of id that we know."""
    found = {}
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict) and isinstance(one.get("id"), str) and isinstance(one.get("type"), str):
            kind = one["type"].removesuffix("_id").removesuffix("_sha256")
            if kind in get_args(IdKind):
                found[kind] = one["id"]
    return found


def _group(message: dict[str, Any], _own: Collection[str]) -> _Made:
    """Membership is something known of a person; what is said of the group stands beside it."""
    group = message.get("groupId")
    if group is None or group == "":
        raise ValueError("groupId: is missing")
    traits = {"group": str(group) if type(group) is int else group}
    return [({"kind": "identify", "traits": traits | flat(message.get("traits") or {}, "group")}, {})]


def _alias(message: dict[str, Any], _own: Collection[str]) -> _Made:
    """The earlier id may be a user's or a visitor's: Segment does not say which, so both are the same person now."""
    previous = message.get("previousId") or message.get("from")
    if previous is None or previous == "":
        raise ValueError("previousId: is missing")
    if type(previous) is int:
        previous = str(previous)
    visitor: tuple[dict[str, Any], dict[str, Any]] = ({"kind": "alias", "previous": f"anon:{previous}"}, {})
    return [({"kind": "alias", "previous": previous}, {}), visitor]


_MAKERS: Mapping[str, Callable[[dict[str, Any], Collection[str]], _Made]] = MappingProxyType(
    {"track": _track, "identify": _identify, "page": _page, "screen": _screen, "group": _group, "alias": _alias}
)
