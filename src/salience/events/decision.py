"""Every answer is a Decision: what was offered, what was chosen, with which probability, by which versions, and why."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct, field

from salience.events.controls import Diversity, Floor, Freshness, Objective, Repeat, ShopRule
from salience.events.fault import InvalidInput
from salience.events.filters import LARGEST, Filter, questions
from salience.events.kinds import ANONYMOUS, Event, Id, Name, OptionalId, Share, Traits

Rung: TypeAlias = Literal["model", "content", "segment", "popular", "catalogue", "empty"]
"""The step of the fallback ladder that answered, best first: what people like this person's history, items that are
described like it, what people with the same traits want, what everybody wants."""

Mode: TypeAlias = Literal["online", "preview", "unlogged"]
"""``preview`` answers were shown to nobody: they never teach and are never counted. ``unlogged`` ones were shown while
the disk refused: ranking fails open, and what cannot be judged later says so."""

ReasonCode: TypeAlias = Literal[
    "because",
    "goes-with",
    "segment",
    "popular",
    "pinned",
    "explore",
    "catalogue",
    "same-topic",
    "same-look",
    "searched",
    "together",
    "interest",
    "moment",
]


class Reason(Struct, frozen=True, omit_defaults=True):
    """Why this item: ``because`` names items of the person's own history (or, for ``goes-with``, of the
    page), ``deeds`` what the person did with each, ``shares`` their parts of the score.
    ``together``: many baskets with that item hold this one, ``group`` says which share of them.

    ``shares`` are fractions of the sum of absolute contributions over the whole history, in the order of ``because``.
    ``group`` is the trait that the reason speaks of, e.g. ``country=NL``, or the topic, look, search or interest.
    """

    code: ReasonCode
    because: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()
    deeds: tuple[str, ...] = ()
    group: str = ""


class Shown(Struct, frozen=True, omit_defaults=True):
    """One item of the answer. ``probability`` is that of this item at this position, given the positions before it.

    ``factors`` are what the score's relevance was multiplied with, by name: rules, repeats, freshness, value.
    """

    item: Id
    score: float
    probability: Annotated[float, Meta(gt=0, le=1)]
    reason: Reason
    factors: dict[str, float] = field(default_factory=dict)


class Choice(Struct, frozen=True, omit_defaults=True):
    """One draw of a policy among named arms, e.g. the layouts of a slot. ``probabilities`` are those drawn from."""

    offered: tuple[str, ...]
    probabilities: tuple[Share, ...]
    chosen: str
    policy: str

    @property
    def probability(self) -> float:
        """That of the arm that was chosen."""
        return self.probabilities[self.offered.index(self.chosen)]


class Decision(Event, frozen=True, tag="decision"):
    """One logged answer. ``as_of`` is the last log row it had seen; with ``seed`` and ``model`` it can be replayed.

    ``arms``: experiment -> arm of all that this answer was a part of.
    """

    items: tuple[Shown, ...]
    rung: Rung
    seed: int
    as_of: int
    mode: Mode = "online"
    model: str = ""
    layout: Choice | None = None
    explore: Share = 0.0
    candidates: int = 0
    history: int = 0
    freshness_ms: int | None = None
    latency_us: int = 0
    why_rung: str = ""
    arms: dict[Name, Name] = field(default_factory=dict)


class RecommendRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request for ``k`` items for a person in a ``slot``; with ``layouts``, also for the layout to show them in.

    ``items`` are those of the page or the basket that the row stands beside: then the row goes with them. ``context``
    says what the moment is like, e.g. ``{"device": "phone"}``, in the words that events have for it.
    ``docs/verbs/recommend.md`` has an example of every field.
    """

    user: OptionalId = ""
    anonymous: OptionalId = ""
    session: OptionalId = ""
    slot: Id = "for-you"
    k: Annotated[int, Meta(ge=1, le=1000)] = 10
    layouts: Annotated[tuple[Id, ...], Meta(max_length=50)] = ()
    exclude: Annotated[tuple[Id, ...], Meta(max_length=10_000)] = ()
    categories: Annotated[tuple[Id, ...], Meta(max_length=100)] = ()
    where: Filter | None = None
    rules: Annotated[tuple[ShopRule, ...], Meta(max_length=50)] = ()
    repeat: Repeat | None = None
    items: Annotated[tuple[Id, ...], Meta(max_length=100)] = ()
    diversity: Diversity | None = None
    max_per_category: Annotated[int, Meta(ge=1, le=1000)] | None = None
    freshness: Freshness | None = None
    calibrate: Share = 0.0
    floors: Annotated[tuple[Floor, ...], Meta(max_length=10)] = ()
    objective: Objective | None = None
    explore: bool = True
    personalise: bool = True
    language: Literal["en", "zh"] = "en"
    context: Annotated[Traits, Meta(max_length=20)] = {}

    @property
    def subject(self) -> str:
        """The key of the person's profile, as events have it."""
        return self.user or (ANONYMOUS + self.anonymous if self.anonymous else "")

    @property
    def needs_row(self) -> bool:
        """Whether anything is asked of the row as a whole."""
        return self.diversity is not None or self.calibrate > 0 or bool(self.floors)

    def checked(self) -> RecommendRequest:
        """Itself; `InvalidInput` names what the types alone could not refuse."""
        if self.where is not None and len(tuple(questions(self.where))) > LARGEST:
            raise InvalidInput("where", "", f"a filter has at most {LARGEST} questions", "use `in` for many values")
        check_rules(self.rules)
        for at, floor in enumerate(self.floors):
            floor.checked(f"floors[{at}]")
        if self.repeat is not None:
            self.repeat.viewed.checked("repeat.viewed")
            self.repeat.bought.checked("repeat.bought")
        weights = self.calibrate + (self.diversity.strength if self.diversity else 0.0)
        if weights > 1:
            rule = "diversity.strength and calibrate leave nothing for relevance: together they are above 1"
            raise InvalidInput("calibrate", self.calibrate, rule, "lower one of them")
        return self


def check_rules(rules: tuple[ShopRule, ...]) -> None:
    """`InvalidInput` for a rule that says nothing or two things, or two rules that pin the same position."""
    pinned: set[int] = set()
    for at, rule in enumerate(rules):
        rule.checked(f"rules[{at}]")
        if len(tuple(questions(rule.when, f"rules[{at}].when"))) > LARGEST:
            raise InvalidInput(f"rules[{at}].when", "", f"a filter has at most {LARGEST} questions")
        if rule.pin is not None and rule.pin in pinned:
            raise InvalidInput(f"rules[{at}].pin", rule.pin, "two rules pin this position", "pin another one")
        pinned |= {rule.pin} if rule.pin is not None else set()


class SimilarRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request for the ``k`` items most like ``item``."""

    item: Id
    k: Annotated[int, Meta(ge=1, le=1000)] = 10
