"""The rules for one typed event, and the form it is stored in. A fault names the path and the rule, not the value."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_network
from operator import attrgetter
from typing import Any, get_args, get_type_hints

from msgspec import structs

from salience.collect.bots import is_bot, is_crawler
from salience.collect.currencies import CURRENCIES
from salience.collect.devices import country, device
from salience.collect.identity import NOBODY_IN_PARTICULAR, email_id, fault, normal, ordinary
from salience.collect.limits import Limits
from salience.collect.sender import Door, Sender
from salience.collect.times import placed
from salience.events import (
    ANONYMOUS,
    EXPERIMENT,
    SOURCE,
    Action,
    Alias,
    AnyEvent,
    Assigned,
    Cart,
    Consent,
    Decision,
    Event,
    Experiment,
    Identify,
    Item,
    Position,
    Purchase,
    Ranked,
    Rating,
    Split,
    Steering,
    Traits,
    Undo,
)
from salience.events.kinds import IdKind
from salience.privacy import gpp, tcf

_IDS = frozenset(
    {"id", "user", "anonymous", "session", "decision", "slot", "item", "previous", "target", "order", "channel"}
    | {"metric", "notice", "region", "name", "of", "version", "wording", "method", "language", "guardian"}
)
_TEXTS = frozenset({"title", "text", "query", "page", "referrer"})
_KINDS: tuple[type[Event], ...] = get_args(AnyEvent)
_ID_FIELDS = {
    kind: tuple(name for name in kind.__struct_fields__ if name in _IDS and types[name] is str)  # a version may count
    for kind, types in ((kind, get_type_hints(kind)) for kind in _KINDS)
}
_ID_VALUES: dict[type[Event], Callable[[Event], tuple[str, ...]]] = {
    kind: attrgetter(*fields) for kind, fields in _ID_FIELDS.items()
}
_TEXT_FIELDS = {kind: tuple(field for field in kind.__struct_fields__ if field in _TEXTS) for kind in _KINDS}


_WITH_RULES = frozenset(
    {Decision, Position, Experiment, Assigned, Ranked, Steering, Alias, Split, Rating, Cart, Purchase, Identify, Item}
    | {Consent, Action}
)


class Fault(Exception):  # noqa: N818 - it never leaves this room
    """Why one event cannot be stored."""

    def __init__(self, path: str, rule: str) -> None:
        super().__init__(f"{path}: {rule}" if path else rule)


def checked(
    event: AnyEvent, *, now: int, source: str, sender: Sender, door: Door, limits: Limits, usual: bool = False
) -> tuple[AnyEvent, list[str]]:
    """The event as it is stored, and what was changed on the way. ``event`` must be the caller's own: it is rewritten.

    ``usual``: its ids (`id_values`) were looked at with those of others, and are `ordinary`.

    Raises `Fault` for the first rule that it breaks.
    """
    warnings: list[str] = []
    _names(event, usual=usual)
    _texts(event)
    _kind(event, limits, door.vendor)
    if sender.public:
        warnings += _public(event, sender)
    time, warning = placed(event.time, now, sent=sender.sent, live=sender.public)
    if warning:
        warnings.append(warning)
    structs.force_setattr(event, "time", time)
    structs.force_setattr(event, "received", now)
    structs.force_setattr(event, "source", source)
    context = _looked_at(_properties("context", event.context, limits), sender, door)
    if warning.endswith("receipt"):
        context = {**context, "clock": "ours"}
    if sender.public and door.pace.fast(event):
        context = {**context, "bot": True}
    if sender.network and door.surges.over(event, sender.network, now):
        context = {**context, "surge": True}
    if context is not event.context:
        structs.force_setattr(event, "context", context)
    return event, warnings


def _looked_at(context: Traits, sender: Sender, door: Door) -> Traits:
    """Machines marked, addresses cut, User-Agents looked at and left out; device families where that is asked for."""
    if not context and not sender.agent:
        return context
    agent = str(context.get("user_agent", "") or "")
    machine = is_bot(agent) or context.get("webdriver") is True or is_crawler(sender.agent)
    if not machine and not door.coarse and "user_agent" not in context and "ip" not in context:
        return context
    kept = {name: value for name, value in context.items() if name not in ("user_agent", "ip")}
    if cut := cut_address(str(context.get("ip", "") or "")):
        kept["ip"] = cut
    if machine:
        kept["bot"] = True
    if door.coarse:
        seen = device(agent or sender.agent)
        where = country(str(context.get("locale", "") or ""), str(context.get("timezone", "") or ""))
        known = {"browser": seen.browser, "system": seen.system, "device": seen.device, "country": where}
        kept = {**{name: value for name, value in known.items() if value}, **kept}
    return kept


def cut_address(address: str) -> str:
    """An IP address without its last part (IPv4 /24, IPv6 /48), or nothing: before it is stored, not after.

    >>> cut_address("203.0.113.77"), cut_address("2001:db8:1:2::7"), cut_address("localhost")
    ('203.0.113.0', '2001:db8:1::', '')
    """
    try:
        whole = ip_address(address)
    except ValueError:
        return ""
    if whole.version == 6 and whole.ipv4_mapped:
        whole = whole.ipv4_mapped
    return str(ip_network((whole, 24 if whole.version == 4 else 48), strict=False).network_address)


def id_values(event: AnyEvent) -> tuple[str, ...]:
    """All ids of an event."""
    return _ID_VALUES[type(event)](event)


def _names(event: AnyEvent, *, usual: bool) -> None:
    """Ids in their one form, none of them a missing one in disguise, and somebody that the event is about."""
    if not usual and not ordinary(id_values(event)):
        for field in _ID_FIELDS[type(event)]:
            _name(event, field)
    for field, name in (("user", event.user), ("anonymous", event.anonymous)):
        if name and len(name) <= 36 and name.lower() in NOBODY_IN_PARTICULAR:
            raise Fault(field, f"must not be {name!r}: that is nobody in particular")
    if event.user.startswith(ANONYMOUS):
        raise Fault("user", f"must not begin with {ANONYMOUS!r}: send it as `anonymous`")
    if event.user.startswith(SOURCE):
        raise Fault("user", f"must not begin with {SOURCE!r}: streams are named so")
    if event.user.startswith(EXPERIMENT):
        raise Fault("user", f"must not begin with {EXPERIMENT!r}: experiments are named so")
    if not event.user and not event.anonymous and not isinstance(event, Item):
        raise Fault("user", "is missing; so is `anonymous`: an event must say whose it is")


def _name(event: AnyEvent, field: str) -> None:
    name = getattr(event, field)
    if not name:
        return
    one_form = _plain(field, name)
    if one_form is not name:
        structs.force_setattr(event, field, one_form)


def _plain(path: str, name: str) -> str:
    """An id in its one form."""
    one_form = normal(name)
    if broken := fault(one_form):
        raise Fault(path, broken)
    return one_form


def _other_ids(ids: dict[IdKind, str]) -> dict[IdKind, str]:
    """The other ids of somebody; an e-mail address becomes its hash before it is stored."""
    plain = {kind: _plain(f"ids.{kind}", name) for kind, name in ids.items()}
    if "email" in plain:
        try:
            plain["email"] = email_id(plain["email"])
        except ValueError as error:
            raise Fault("ids.email", str(error)) from None
    return plain


def _kind(event: AnyEvent, limits: Limits, vendor: int) -> None:
    """What only one kind of event must heed."""
    if type(event) not in _WITH_RULES:
        return
    match event:
        case Decision() | Position() | Experiment() | Assigned() | Ranked() | Steering():
            raise Fault("kind", f"must not be {event.kind!r}: those are made here")
        case Alias() if not event.user:
            raise Fault("user", "is missing: an alias says which user `previous` is")
        case Split():
            structs.force_setattr(event, "apart", tuple(_plain("apart", name) for name in event.apart))
        case Rating():
            _scale(event)
        case Cart() | Purchase():
            if event.currency and event.currency not in CURRENCIES:
                raise Fault("currency", "must be a currency in use (ISO 4217)")
        case _:
            _free(event, limits, vendor)


def _free(event: AnyEvent, limits: Limits, vendor: int) -> None:
    """Names and values of the sender's own making."""
    match event:
        case Identify() | Action():
            field = "traits" if isinstance(event, Identify) else "properties"
            structs.force_setattr(event, field, _properties(field, getattr(event, field), limits))
            if isinstance(event, Identify) and event.ids:
                structs.force_setattr(event, "ids", _other_ids(event.ids))
        case Item():
            structs.force_setattr(event, "attributes", _properties("attributes", event.attributes, limits))
            categories = _properties("categories", dict.fromkeys(event.categories), limits)
            structs.force_setattr(event, "categories", tuple(categories))
        case Consent():
            _said(event, limits, vendor)
        case _:
            pass


def _said(consent: Consent, limits: Limits, vendor: int) -> None:
    """Choices in one form; what the strings of a consent platform say is added, and the stricter of the two stands."""
    purposes: Any = _properties("purposes", consent.purposes, limits)
    signals = consent.signals
    if consent.tcf:
        purposes = _stricter(purposes, tcf.granted(consent.tcf, vendor=vendor))
    if consent.gpp:
        read = gpp.said(consent.gpp, vendor=vendor)
        purposes, signals = _stricter(purposes, read.purposes), {**signals, **read.signals}
    if not purposes and not signals and not consent.gpp:
        raise Fault("purposes", "names nothing, and neither do `signals`: a choice must say what was chosen")
    structs.force_setattr(consent, "purposes", purposes)
    structs.force_setattr(consent, "signals", signals)


def _stricter(one: Mapping[str, bool], other: Mapping[Any, bool]) -> dict[str, bool]:
    return {name: one.get(name, True) and other.get(name, True) for name in (*one, *other)}


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


def _public(event: AnyEvent, sender: Sender) -> list[str]:
    """A public key speaks for its own browser only, and may make privacy stricter but not looser.

    Where it may name known users (``sender.named``), what it says of them is taken; that a known user and an anonymous
    visitor are one person is not: anybody could become anybody else. The claim stays with the event.
    """
    warnings: list[str] = []
    if event.user and (not sender.named or isinstance(event, Consent)):
        raise Fault("user", "must not be named with a public key: send `anonymous`, or use a secret key on a server")
    if isinstance(event, Identify) and event.ids:
        structs.force_setattr(event, "ids", {})
        structs.force_setattr(event, "context", {**event.context, "claimed_ids": True})
        warnings.append("ids: not joined; with a public key nobody becomes somebody else")
    if isinstance(event, Item | Alias | Split | Undo):
        raise Fault("kind", f"must not be {event.kind!r} with a public key: use a secret key on a server")
    if event.user and event.anonymous:
        structs.force_setattr(event, "context", {**event.context, "claimed_anonymous": event.anonymous})
        structs.force_setattr(event, "anonymous", "")
        return [*warnings, "anonymous: not joined to the user; with a public key nobody becomes somebody else"]
    if not isinstance(event, Consent):
        return warnings
    stricter = {purpose: False for purpose, granted in event.purposes.items() if not granted}
    on = {signal: True for signal, given in event.signals.items() if given}
    looser = len(stricter) < len(event.purposes) or len(on) < len(event.signals)
    if looser and not stricter and not on:
        raise Fault("purposes", "must not be granted with a public key: use a secret key on a server")
    for field, value in (("purposes", stricter), ("signals", on), ("after_conflict", False), ("guardian", "")):
        structs.force_setattr(event, field, value)
    return ["purposes: only those withdrawn were taken; a public key cannot grant"] if looser else []
