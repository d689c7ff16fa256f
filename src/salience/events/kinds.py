"""The vocabulary of behaviour: a closed list of kinds of event, frozen and typed. Everything else is a fold of these.

An event says *who* (``user`` or ``anonymous``) did *what* (its kind) to *which* thing (``item``, ``query``, ...) and
*when* (``time``, milliseconds since 1970-01-01 UTC). ``id`` is its identity for ever: sending it twice counts once.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct, field

Id: TypeAlias = Annotated[str, Meta(min_length=1, max_length=256, description="An id as the sender writes it.")]
OptionalId: TypeAlias = Annotated[str, Meta(max_length=256)]
Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=128)]
LONGEST_TEXT = 16_384
"""Characters of the longest text that an event may hold."""

Text: TypeAlias = Annotated[str, Meta(max_length=LONGEST_TEXT)]
Milliseconds: TypeAlias = Annotated[int, Meta(ge=0, le=4_102_444_800_000, description="ms since 1970 UTC, to 2100")]
Scalar: TypeAlias = str | bool | int | float | None
Traits: TypeAlias = dict[Name, Scalar]
IdKind: TypeAlias = Literal["device", "email", "loyalty"]
Share: TypeAlias = Annotated[float, Meta(ge=0, le=1)]
Address: TypeAlias = Annotated[str, Meta(max_length=2048)]


class Event(
    Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="kind", gc=False
):
    """What every kind shares. At least one of ``user`` and ``anonymous`` is set (``item`` events need neither)."""

    id: Id
    user: OptionalId = ""
    anonymous: OptionalId = ""
    session: OptionalId = ""
    time: Milliseconds = 0
    received: Milliseconds = 0
    source: OptionalId = ""
    decision: OptionalId = ""
    slot: OptionalId = ""
    context: Traits = field(default_factory=dict)

    @property
    def subject(self) -> str:
        """The key of the person's profile: the known id, else the anonymous one in a name space of its own."""
        return self.user or (ANONYMOUS + self.anonymous if self.anonymous else "")

    @property
    def kind(self) -> str:
        """The kind's tag, as on the wire."""
        return tag(type(self))


@cache
def tag(kind: type[Event]) -> str:
    """What events of this class are called on the wire."""
    return str(kind.__struct_config__.tag)


ANONYMOUS = "anon:"
"""Known ids may not begin with this, so nobody can name an anonymous visitor as a known user, or the reverse."""


def set_aside(event: Event) -> bool:
    """Whether an event is kept but counts for nobody else: a machine's, or one of a surge (`salience.collect.surges`).

    >>> set_aside(View(id="1", user="ann", item="tea", context={"bot": True}))
    True
    """
    context = event.context
    return bool(context) and bool(context.get("bot") or context.get("surge"))


class View(Event, frozen=True, tag="view"):
    """Somebody looked at an item's page."""

    item: Id
    dwell_ms: Annotated[int, Meta(ge=0)] = 0


class Click(Event, frozen=True, tag="click"):
    """Somebody clicked an item."""

    item: Id
    position: Annotated[int, Meta(ge=0)] = 0


class Cart(Event, frozen=True, tag="cart"):
    """An item went into the cart."""

    item: Id
    quantity: Annotated[float, Meta(gt=0, le=1e6)] = 1
    price: Annotated[float, Meta(ge=0, le=1e12)] = 0.0
    currency: Annotated[str, Meta(pattern="^([A-Z]{3})?$")] = ""


class Purchase(Event, frozen=True, tag="purchase"):
    """An item was bought."""

    item: Id
    quantity: Annotated[float, Meta(gt=0, le=1e6)] = 1
    price: Annotated[float, Meta(ge=0, le=1e12)] = 0.0
    currency: Annotated[str, Meta(pattern="^([A-Z]{3})?$")] = ""
    order: OptionalId = ""


class Rating(Event, frozen=True, tag="rating"):
    """A grade given to an item on a scale from ``low`` to ``high``."""

    item: Id
    value: float
    low: float = 1.0
    high: float = 5.0

    @property
    def share(self) -> float:
        """The grade in [0, 1], whatever the scale."""
        return (self.value - self.low) / (self.high - self.low)


class Search(Event, frozen=True, tag="search"):
    """Words that somebody searched for."""

    query: Annotated[str, Meta(min_length=1, max_length=1024)]
    results: Annotated[int, Meta(ge=0)] = 0


class ShareItem(Event, frozen=True, tag="share"):
    """An item was passed on to somebody else."""

    item: Id
    channel: OptionalId = ""


class Follow(Event, frozen=True, tag="follow"):
    """Somebody follows a person, a brand or a topic."""

    target: Id


class Message(Event, frozen=True, tag="message"):
    """Free text in a person's own words: a review, a comment, a chat line."""

    text: Text
    item: OptionalId = ""
    channel: OptionalId = ""


class Impression(Event, frozen=True, tag="impression"):
    """An item or a slot was really seen: ``visible_ms`` is the time it was viewable, not the time it existed."""

    item: OptionalId = ""
    position: Annotated[int, Meta(ge=0)] = 0
    visible_ms: Annotated[int, Meta(ge=0, le=86_400_000)] = 0


class Exposure(Event, frozen=True, tag="exposure"):
    """A stretch of time in view, raw, so that any threshold can be applied later; it began at ``time``.

    Of an item, of a slot as a whole, or (neither named) of the page. ``active_ms`` leaves out idle time.
    """

    visible_ms: Annotated[int, Meta(ge=0, le=86_400_000)]
    item: OptionalId = ""
    position: Annotated[int, Meta(ge=0)] = 0
    active_ms: Annotated[int, Meta(ge=0, le=86_400_000)] = 0
    share: Share = 1.0
    depth: Share = 0.0
    page: Address = ""


class Page(Event, frozen=True, tag="page"):
    """A page or a screen was opened. ``page`` is its path or name; what follows a question mark stays out."""

    page: Annotated[str, Meta(min_length=1, max_length=2048)]
    title: Annotated[str, Meta(max_length=1024)] = ""
    referrer: Address = ""


class Action(Event, frozen=True, tag="action"):
    """Anything else that somebody did, under a name of the sender's: ``{"name": "Quiz finished"}``."""

    name: Name
    properties: Traits = field(default_factory=dict)


Signal: TypeAlias = Literal["restricted", "minor", "objection", "opt_out", "personalisation_off"]
"""What a person (or the law for them) may switch on besides choices about purposes; on is always the stricter side."""


class Consent(Event, frozen=True, tag="consent"):
    """Choices about purposes, ``{"personalisation": false}``, and signals, ``{"objection": true}``, with the receipt.

    Only what is named changes. ``tcf`` and ``gpp`` are strings of a consent platform, read here and kept as they came.
    ``after_conflict``: the person saw that an opt-out stands against this grant, and gave it all the same.
    """

    purposes: dict[Name, bool] = field(default_factory=dict)
    signals: dict[Signal, bool] = field(default_factory=dict)
    notice: OptionalId = ""
    version: OptionalId = ""
    wording: OptionalId = ""
    method: OptionalId = ""
    page: Address = ""
    region: OptionalId = ""
    language: OptionalId = ""
    guardian: OptionalId = ""
    after_conflict: bool = False
    tcf: Text = ""
    gpp: Text = ""


class Identify(Event, frozen=True, tag="identify"):
    """What is known of a person. A trait set to null is forgotten.

    With ``user`` and ``anonymous`` it is a sign-in. ``ids`` are other ids of the same person: a device, an e-mail
    address (kept as its SHA-256), a loyalty card. A till receipt says ``"user": "loyalty:77"`` and finds them.
    """

    traits: Traits = field(default_factory=dict)
    ids: dict[IdKind, Id] = field(default_factory=dict)


class Alias(Event, frozen=True, tag="alias"):
    """``previous`` and ``user`` are the same person."""

    previous: Id


class Split(Event, frozen=True, tag="split"):
    """The ids in ``apart`` are not the person ``user``: what joined them to others until now no longer counts."""

    apart: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=256)]


class Undo(Event, frozen=True, tag="undo"):
    """What the event ``of`` said of who is who (a sign-in, an alias, a split, an undo) is taken back."""

    of: Id


class Item(Event, frozen=True, tag="item"):
    """What is known of an item: the newest event replaces the older ones."""

    item: Id
    title: Annotated[str, Meta(max_length=1024)] = ""
    categories: tuple[Name, ...] = ()
    text: Text = ""
    price: Annotated[float, Meta(ge=0, le=1e12)] | None = None
    available: bool = True
    attributes: Traits = field(default_factory=dict)


class Outcome(Event, frozen=True, tag="outcome"):
    """How a decision turned out: ``value`` in [-1, 1] for the decision named in ``decision``.

    A larger ``revision`` replaces what was said of the same decision, slot and metric before."""

    value: Annotated[float, Meta(ge=-1, le=1)]
    metric: Name = "reward"
    item: OptionalId = ""
    revision: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    why: Annotated[str, Meta(max_length=256)] = ""


class Position(Event, frozen=True, tag="position"):
    """How far a stream (``source``) was read. Stored in one transaction with what was read there, so nothing is
    skipped or taken twice, whenever the reading stops. Made here, never sent."""

    place: Annotated[str, Meta(max_length=65_536)]

    @property
    def subject(self) -> str:
        """Streams have a name space of their own, as anonymous visitors have."""
        return SOURCE + self.source


SOURCE = "source:"
"""Known ids may not begin with this either."""
