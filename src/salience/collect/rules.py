"""The rules for one typed event, and the form it is stored in. A fault names the path and the rule, not the value."""

from __future__ import annotations

import math
from collections.abc import Callable
from operator import attrgetter
from typing import Any, get_args

from msgspec import structs

from salience.collect.bots import is_bot
from salience.collect.currencies import CURRENCIES
from salience.collect.identity import fault, normal, ordinary
from salience.collect.limits import Limits
from salience.collect.times import clamped
from salience.events import (
    ANONYMOUS,
    Alias,
    AnyEvent,
    Cart,
    Consent,
    Decision,
    Event,
    Identify,
    Item,
    Purchase,
    Rating,
    Traits,
)

_IDS = frozenset(
    {"id", "user", "anonymous", "session", "decision", "slot", "item", "previous", "target", "order", "channel"}
    | {"metric", "notice", "region"}
)
_TEXTS = frozenset({"title", "text", "query"})
_KINDS: tuple[type[Event], ...] = get_args(AnyEvent)
_ID_FIELDS = {kind: tuple(field for field in kind.__struct_fields__ if field in _IDS) for kind in _KINDS}
_ID_VALUES: dict[type[Event], Callable[[Event], tuple[str, ...]]] = {
    kind: attrgetter(*fields) for kind, fields in _ID_FIELDS.items()
}
_TEXT_FIELDS = {kind: tuple(field for field in kind.__struct_fields__ if field in _TEXTS) for kind in _KINDS}


_WITH_RULES = frozenset({Decision, Alias, Rating, Cart, Purchase, Identify, Item, Consent})


class Fault(Exception):  # noqa: N818 - it never leaves this room
    """Why one event cannot be stored."""

    def __init__(self, path: str, rule: str) -> None:
        super().__init__(f"{path}: {rule}" if path else rule)


def checked(event: AnyEvent, *, now: int, source: str, public: bool, limits: Limits) -> tuple[AnyEvent, list[str]]:
    """The event as it is stored, and what was changed on the way. ``event`` must be the caller's own: it is rewritten.

    Raises `Fault` for the first rule that it breaks.
    """
    warnings: list[str] = []
    _names(event)
    _texts(event)
    _kind(event, limits)
    if public:
        warnings += _public(event)
    time, warning = clamped(event.time, now)
    if warning:
        warnings.append(warning)
    context = _properties("context", event.context, limits)
    if context and is_bot(str(context.get("user_agent", ""))):
        context = {**context, "bot": True}
    structs.force_setattr(event, "time", time)
    structs.force_setattr(event, "received", now)
    structs.force_setattr(event, "source", source)
    if context is not event.context:
        structs.force_setattr(event, "context", context)
    return event, warnings


def _names(event: AnyEvent) -> None:
    """Ids in their one form, none of them a missing one in disguise, and somebody that the event is about."""
    if not ordinary(_ID_VALUES[type(event)](event)):
        for field in _ID_FIELDS[type(event)]:
            _name(event, field)
    if event.user.startswith(ANONYMOUS):
        raise Fault("user", f"must not begin with {ANONYMOUS!r}: send it as `anonymous`")
    if not event.user and not event.anonymous and not isinstance(event, Item):
        raise Fault("user", "is missing; so is `anonymous`: an event must say whose it is")


def _name(event: AnyEvent, field: str) -> None:
    name = getattr(event, field)
    if not name:
        return
    one_form = normal(name)
    broken = fault(one_form)
    if broken:
        raise Fault(field, broken)
    if one_form is not name:
        structs.force_setattr(event, field, one_form)


def _kind(event: AnyEvent, limits: Limits) -> None:
    """What only one kind of event must heed."""
    if type(event) not in _WITH_RULES:
        return
    match event:
        case Decision():
            raise Fault("kind", "must not be 'decision': those are made here")
        case Alias() if not event.user:
            raise Fault("user", "is missing: an alias says which user `previous` is")
        case Rating():
            _scale(event)
        case Cart() | Purchase():
            if event.currency and event.currency not in CURRENCIES:
                raise Fault("currency", "must be a currency in use (ISO 4217)")
        case Identify():
            structs.force_setattr(event, "traits", _properties("traits", event.traits, limits))
        case Item():
            structs.force_setattr(event, "attributes", _properties("attributes", event.attributes, limits))
            categories = _properties("categories", dict.fromkeys(event.categories), limits)
            structs.force_setattr(event, "categories", tuple(categories))
        case Consent():
            purposes: Any = _properties("purposes", event.purposes, limits)
            structs.force_setattr(event, "purposes", purposes)
        case _:
            pass


def _scale(rating: Rating) -> None:
    if not (math.isfinite(rating.low) and math.isfinite(rating.high) and rating.low < rating.high):
        raise Fault("low", "must be smaller than `high`, both finite")
    if not rating.low <= rating.value <= rating.high:
        raise Fault("value", "must lie between `low` and `high`")


def _texts(event: AnyEvent) -> None:
    for field in _TEXT_FIELDS[type(event)]:
        if "\x00" in getattr(event, field):
            raise Fault(field, "must not hold NUL")


def _properties(path: str, properties: Any, limits: Limits) -> Traits:
    """Named values with their names in one form; values stay as they are."""
    if not properties:
        return properties if isinstance(properties, dict) else {}
    if len(properties) > limits.properties:
        raise Fault(path, f"has {len(properties):,} names, at most {limits.properties:,} are taken")
    if ordinary(properties):
        if any(type(value) is str and "\x00" in value for value in properties.values()):
            raise Fault(path, "must not hold NUL")
        return properties  # type: ignore[no-any-return]
    found: Traits = {}
    for name, value in properties.items():
        one_form = normal(name)
        broken = fault(one_form)
        if broken and not broken.endswith("missing id"):
            raise Fault(path, f"a name {broken}")
        if one_form in found:
            raise Fault(path, "must not repeat a name")
        if type(value) is str and "\x00" in value:
            raise Fault(path, "must not hold NUL")
        found[one_form] = value
    return found


def _public(event: AnyEvent) -> list[str]:
    """A public key speaks for its own browser only, and may make privacy stricter but not looser."""
    if event.user:
        raise Fault("user", "must not be named with a public key: send `anonymous`, or use a secret key on a server")
    if isinstance(event, Item | Alias):
        raise Fault("kind", f"must not be {event.kind!r} with a public key: use a secret key on a server")
    if not isinstance(event, Consent):
        return []
    stricter = {purpose: False for purpose, granted in event.purposes.items() if not granted}
    looser = sorted(purpose for purpose, granted in event.purposes.items() if granted)
    if looser and not stricter:
        raise Fault("purposes", "must not be granted with a public key: use a secret key on a server")
    structs.force_setattr(event, "purposes", stricter)
    return ["purposes: only those withdrawn were taken; a public key cannot grant"] if looser else []
