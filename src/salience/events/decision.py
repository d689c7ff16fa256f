"""Every answer is a Decision: what was offered, what was chosen, with which probability, by which versions, and why."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from salience.events.kinds import ANONYMOUS, Event, Id, OptionalId, Share

Rung: TypeAlias = Literal["model", "popular", "catalogue", "empty"]
"""The step of the fallback ladder that answered, best first."""

Mode: TypeAlias = Literal["online", "preview", "unlogged"]
"""``preview`` answers were shown to nobody: they never teach and are never counted. ``unlogged`` ones were shown while
the disk refused: ranking fails open, and what cannot be judged later says so."""

ReasonCode: TypeAlias = Literal["because", "popular", "explore", "catalogue"]


class Reason(Struct, frozen=True, omit_defaults=True):
    """Why this item: ``because`` names the items of the person's own history, ``shares`` their parts of the score.

    ``shares`` are fractions of the sum of absolute contributions over the whole history, in the order of ``because``.
    """

    code: ReasonCode
    because: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()


class Shown(Struct, frozen=True, omit_defaults=True):
    """One item of the answer. ``probability`` is that of this item at this position, given the positions before it."""

    item: Id
    score: float
    probability: Annotated[float, Meta(gt=0, le=1)]
    reason: Reason


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
    """One logged answer. ``as_of`` is the last log row it had seen; with ``seed`` and ``model`` it can be replayed."""

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


class RecommendRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request for ``k`` items for a person in a ``slot``; with ``layouts``, also for the layout to show them in."""

    user: OptionalId = ""
    anonymous: OptionalId = ""
    session: OptionalId = ""
    slot: Id = "for-you"
    k: Annotated[int, Meta(ge=1, le=1000)] = 10
    layouts: Annotated[tuple[Id, ...], Meta(max_length=50)] = ()
    exclude: Annotated[tuple[Id, ...], Meta(max_length=10_000)] = ()
    categories: Annotated[tuple[Id, ...], Meta(max_length=100)] = ()
    explore: bool = True
    personalise: bool = True
    language: Literal["en", "zh"] = "en"

    @property
    def subject(self) -> str:
        """The key of the person's profile, as events have it."""
        return self.user or (ANONYMOUS + self.anonymous if self.anonymous else "")


class SimilarRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request for the ``k`` items most like ``item``."""

    item: Id
    k: Annotated[int, Meta(ge=1, le=1000)] = 10
