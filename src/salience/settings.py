"""Settings of one workspace: one frozen object, read once at start; a key that does not exist is refused."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from salience.events import InvalidInput
from salience.events.audience import SegmentRule
from salience.events.audience import check as check_segments
from salience.events.controller import Controller
from salience.events.controls import Repeat, ShopRule
from salience.events.decision import check_rules
from salience.events.provider import Provider

PREFIX = "SALIENCE_"
WAY_OUT = "docs/reference/settings.md lists what each key may hold"
Learned: TypeAlias = Literal[
    "topic", "sentiment", "colour", "look", "searches", "rules", "interests", "next", "context"
]


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """Every key with its default. They stand in ``salience.toml``; ``SALIENCE_KEY`` in the environment wins over it."""

    workspace: Annotated[str, Meta(min_length=1, max_length=64, pattern="^[A-Za-z0-9_-]+$")] = "default"
    """The name of the workspace."""
    personalise_by_default: bool = True
    """Whether a person who made no choice yet is personalised for. Set it to false where the law asks for opt-in."""
    region: Annotated[str, Meta(max_length=16)] = ""
    """Whose law decides for people whose region is unknown, e.g. ``EU``, ``CN``, ``US-CA``; what they have not chosen
    follows it. Empty: ``personalise_by_default`` decides."""
    sensitive_traits: tuple[str, ...] = ()
    """Traits of special categories (health, religion, ...): kept only with a separate consent to `sensitive`."""
    sensitive_categories: tuple[str, ...] = ()
    """Categories of items that tell something sensitive of who looks at them: nothing is learned of it without that."""
    forbidden_traits: tuple[str, ...] = ()
    """Traits that nobody may have here."""
    tcf_vendor: Annotated[int, Meta(ge=0, le=65_535)] = 0
    """Our number in the Global Vendor List of the TCF; 0 if there is none."""
    explore: Annotated[float, Meta(ge=0, le=1)] = 0.01
    """The probability that a random candidate stands at a position of a row: the price of learning."""
    layout_policy: Literal["thompson", "epsilon-greedy"] = "thompson"
    """The policy that chooses among layouts."""
    reward_wait_seconds: Annotated[float, Meta(gt=0, le=172_800)] = 600.0
    """How long a decision that was seen may wait for its reward before it counts as 0; later ones still correct it."""
    tune_minutes: Annotated[float, Meta(gt=0, le=10_080)] = 5.0
    """The time that ``train`` may spend on choosing among models."""
    rules: tuple[ShopRule, ...] = ()
    """Rules for every row: a ``[[rules]]`` table each, with ``when`` and one of ``boost``, ``bury``, ``pin``."""
    segments: tuple[SegmentRule, ...] = ()
    """Segments of people by rules of your own: a ``[[segments]]`` table each, with ``name`` and ``when``."""
    repeat: Repeat = Repeat()
    """Whether seen items come back, where the request does not say: ``viewed`` and ``bought``, each with a ``mode``."""
    use_learned: tuple[Learned, ...] = (
        "topic", "sentiment", "colour", "look", "searches", "rules", "interests", "next", "context",
    )  # fmt: skip
    """What answers may use: learned fields of items (``learned.topic``, ...), people's searches, rules of baskets,
    people's interests (``predicted:interest``), the category that they are expected to want next, and what is wanted
    at such a moment."""
    context: Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=64)], ...], Meta(max_length=10)] = (
        "daytime", "week", "device",
    )  # fmt: skip
    """What of a moment may move a row: ``daytime`` and ``week`` by the clock, others by the field of that name in the
    context of events. ``train`` keeps those that help."""
    timezone: Annotated[str, Meta(max_length=64)] = "UTC"
    """By whose clock, e.g. ``Europe/Berlin``."""
    a_view_is: Literal["viewed", "watched", "read", "heard"] = "viewed"
    """The verb that reasons use for a view."""
    keep_models: Annotated[int, Meta(ge=2, le=1000)] = 10
    """How many published versions stay on disk for rollback."""
    log_url: Annotated[str, Meta(max_length=2048)] = ""
    """Where the event log is, e.g. ``postgresql://user@host/database``; empty for the file ``log.db``."""
    keep_behaviour_days: Annotated[int, Meta(ge=0, le=36_500)] = 0
    """After how many days views, clicks, purchases and the like are forgotten; 0 sets no limit."""
    keep_words_days: Annotated[int, Meta(ge=0, le=36_500)] = 0
    """The same for searches and messages."""
    keep_decisions_days: Annotated[int, Meta(ge=0, le=36_500)] = 0
    """The same for decisions and outcomes."""
    keep_profiles_days: Annotated[int, Meta(ge=0, le=36_500)] = 0
    """After how many days without an event a person is forgotten whole, as if they had never come; 0 sets no limit."""
    private_budget: Annotated[float, Meta(gt=0, le=100)] = 1.0
    """Epsilon that private counts may spend in thirty days: less hides people better and makes counts rougher."""
    keep_failed_days: Annotated[int, Meta(ge=0, le=36_500)] = 0
    """The same for the raw bytes of failed events; their reasons stay."""
    coarse_devices: bool = False
    """Whether events get the families of browser, system and device, and the country that locale or time zone tell."""
    rate_per_key: Annotated[float, Meta(ge=0, le=1_000_000)] = 0.0
    """Requests a second that one key may make, with ten seconds' worth at once; 0 sets no limit."""
    rate_per_address: Annotated[float, Meta(ge=0, le=1_000_000)] = 0.0
    """The same for one client address, of requests with the write key."""
    count_per_network: Annotated[int, Meta(ge=0, le=1_000_000)] = 2
    """So many visitors of one network (IPv4 /24, IPv6 /48) count for one item in a day, or a tenth of those from
    elsewhere, where the public key is used from a public address: the price of poisoning. 0 sets no limit."""
    trusted_proxies: Annotated[str, Meta(max_length=4096)] = ""
    """Addresses or networks, separated by commas, whose `X-Forwarded-For` is believed; of all others it is ignored."""
    allowed_origins: tuple[Annotated[str, Meta(pattern="^https?://[^/]+$", max_length=256)], ...] = ()
    """Origins whose pages may use the write key, e.g. ``["https://shop.example"]``; empty for any."""
    oidc: Provider | None = None
    """The OpenID Connect provider at which people may sign in to the console: an ``[oidc]`` table."""

    controller: Controller | None = None
    """What only people can say in the papers for an authority: a ``[controller]`` table."""


def load(text: str = "", environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from the text of ``salience.toml`` and the environment.

    >>> load('explore = 0.05', {"SALIENCE_WORKSPACE": "films"}).workspace
    'films'
    >>> load('explor = 0.05')
    Traceback (most recent call last):
        ...
    salience.events.fault.InvalidInput: salience.toml = 'explor': is not a setting; did you mean explore?
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput("salience.toml", str(error), "must be TOML", "e.g. explore = 0.01") from None
    known = Settings.__struct_fields__
    for key in values:
        if key not in known:
            raise _unknown(key)
    for name in known:
        given = (environment or {}).get(PREFIX + name.upper())
        if given is not None:
            values[name] = given
    try:
        made = msgspec.convert(values, Settings, strict=False)  # not strict: the environment has only strings
    except msgspec.ValidationError as error:
        where = str(error).rpartition("$.")[2].rstrip("`") if "$." in str(error) else "salience.toml"
        raise InvalidInput(where, _at(values, where), str(error).split(" - at")[0], WAY_OUT) from None
    check_rules(made.rules)
    check_segments(made.segments)
    names = [segment.name for segment in made.segments]
    for at, rule in enumerate(made.rules):
        if rule.segment and rule.segment not in names:
            way = f"segments: {', '.join(names)}" if names else "add a [[segments]] table with this name"
            raise InvalidInput(f"rules[{at}].segment", rule.segment, "is no segment", way)
    _check_region(made.region)
    _check_zone(made.timezone)
    if made.oidc is not None:
        made.oidc.checked()
    made.repeat.viewed.checked("repeat.viewed")
    made.repeat.bought.checked("repeat.bought")
    return made


def _at(values: Mapping[str, Any], where: str) -> Any:
    """What stands at a place such as ``oidc.roles[...]``; of a table with names of its own, all of it."""
    found: Any = values
    for part in re.sub(r"\[[^]]*\]", "", where).split("."):
        found = found.get(part) if isinstance(found, Mapping) else found
    return found


def _check_region(region: str) -> None:
    """Upper case, a country, perhaps a part of it: a misspelt one would silently mean the strictest rules."""
    if region and not re.fullmatch("[A-Z]{2}(-[A-Z0-9]{1,3})?", region):
        raise InvalidInput("region", region, "must be a country, or a part of one", "e.g. DE, EU, CN, US-CA")


def _check_zone(zone: str) -> None:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError):  # of a name that is a path, of a folder, and of none
        way = "e.g. Europe/Berlin, Asia/Shanghai; where the system knows none at all, `pip install tzdata`"
        raise InvalidInput("timezone", zone, "is no time zone", way) from None


def _unknown(key: str) -> InvalidInput:
    from difflib import get_close_matches

    near = get_close_matches(key, Settings.__struct_fields__, n=1)
    way = f"did you mean {near[0]}?" if near else "known keys: " + ", ".join(Settings.__struct_fields__)
    return InvalidInput("salience.toml", key, "is not a setting", way)
