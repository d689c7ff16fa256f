"""What the engine answers, as it goes over HTTP, into `--json` and onto pages: one set of words for all three."""

from __future__ import annotations

from msgspec import Struct

from salience.events.decision import Choice, Decision, Mode, ReasonCode, Rung
from salience.events.loops import LoopSettings, Ranked


class AnswerReason(Struct, frozen=True):
    """A reason in words. ``because`` holds titles; ``shares`` their parts of all that moved the score.

    ``deeds`` is what the person did with each (``purchase``, ``view``, ...); ``group`` the trait.
    """

    code: ReasonCode
    text: str
    because: tuple[str, ...] = ()
    because_items: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()
    deeds: tuple[str, ...] = ()
    group: str = ""


class AnswerItem(Struct, frozen=True):
    """One item of a row. ``probability``: of this item at this position, given the positions before it.

    ``factors`` are what rules, repeats, freshness and value multiplied its relevance with.
    """

    item: str
    title: str
    categories: tuple[str, ...]
    score: float
    probability: float
    reason: AnswerReason
    factors: dict[str, float] = {}


class Answer(Struct, frozen=True):
    """The answer to a recommend request. Send ``decision`` back with whatever the person does about it.

    ``rung`` is the step of the fallback ladder that answered, ``why_rung`` why no better one did; ``freshness_ms`` is
    the age of the newest event of this person that the answer took into account.
    """

    decision: str
    items: tuple[AnswerItem, ...]
    layout: Choice | None
    model: str
    rung: Rung
    why_rung: str
    mode: Mode
    personalised: bool
    freshness_ms: int | None


class Similar(Struct, frozen=True):
    """An item like another one."""

    item: str
    title: str
    score: float


class CatalogueItem(Struct, frozen=True):
    """An item as the catalogue knows it; ``popularity`` is the decayed count of what people did with it."""

    item: str
    title: str
    categories: tuple[str, ...]
    popularity: float
    available: bool


class ModelInfo(Struct, frozen=True):
    """A published version. ``live`` is the one that answers."""

    version: str
    kind: str
    live: bool
    published: int
    card: dict[str, object]


class Explanation(Struct, frozen=True):
    """A logged decision, its items with titles and reasons in words, and what came of it."""

    decision: Decision
    items: tuple[AnswerItem, ...]
    outcomes: tuple[str, ...]


class ArmView(Struct, frozen=True):
    """One arm as a person looks at it: ``probability`` is what the next request would draw with."""

    slot: str
    name: str
    trials: int
    reward: float
    mean: float
    probability: float


class SlotView(Struct, frozen=True):
    """One slot's attention account."""

    slot: str
    decisions: int
    impressions: int
    visible_seconds: float
    clicks: int
    value: float
    value_per_minute: float | None


class Pulse(Struct, frozen=True):
    """The loop at this moment: what came in, what was answered, what was learned, and how fast."""

    events: int
    kinds: dict[str, int]
    decisions: int
    rungs: dict[str, int]
    rewards: int
    orphans: int
    model: str
    people: int
    items: int
    received: int
    stored: int
    duplicate: int
    failed: int
    refused: int
    balanced: bool
    lag_rows: int
    freshness_ms_p50: float | None
    """From the receipt of an event to its being part of every answer."""
    freshness_ms_p95: float | None
    latency_ms_p50: float | None
    latency_ms_p95: float | None
    arms: tuple[ArmView, ...]
    attention: tuple[SlotView, ...]


class Check(Struct, frozen=True):
    """One line of ``doctor``: what was looked at, whether it is well, and the figure."""

    name: str
    ok: bool
    detail: str


class KnownId(Struct, frozen=True):
    """One id of a person: what kind it is, and when it was heard of first (ms UTC; 0: only named by a link)."""

    id: str
    kind: str
    heard: int


class IdentityLink(Struct, frozen=True):
    """That two ids are one person, as ``event`` said; ``holds``: no split or undo has made it void."""

    source: str
    into: str
    event: str
    time: int
    holds: bool


class IdentityAlarm(Struct, frozen=True):
    """A merge that somebody should look at. ``what``: shared, crowd, burst, accounts or again."""

    what: str
    ids: tuple[str, ...]
    said: str
    time: int


class IdentityView(Struct, frozen=True):
    """A person as the graph of ids has them. ``unit``: the id by which they are assigned to variants."""

    person: str
    unit: str
    ids: tuple[KnownId, ...]
    links: tuple[IdentityLink, ...]
    alarms: tuple[IdentityAlarm, ...] = ()


class RewardTaken(Struct, frozen=True, rename="camel"):
    """What became of a reward, an activation or an exposure.

    ``accepted``, ``duplicate``, ``late`` (it still corrects what was learned), ``not-activated`` (it counts once the
    decision is shown), ``unknown`` (kept; there is no such decision yet).
    """

    event_id: str
    status: str
    decision: str


class LoopView(Struct, frozen=True, rename="camel"):
    """A loop at a moment. rewards = used + repeated + early + orphans."""

    loop: str
    settings: LoopSettings
    model: str
    version: int
    pinned: str
    lessons: int
    turns: int
    as_of: int
    modes: dict[str, int]
    decisions: int
    shown: int
    rewards: int
    used: int
    repeated: int
    early: int
    late: int
    defaulted: int
    orphans: int
    agreed: int
    earned: float
    earned_agreed: float
    first: int
    last: int
    steered: int


class VersionView(Struct, frozen=True, rename="camel"):
    """What was known at one row of the log, kept to answer again. ``pinned``: it answers now."""

    name: str
    row: int
    time: int
    lessons: int
    policy: str
    pinned: bool


class Replayed(Struct, frozen=True):
    """A decision as it was logged, and whether the log alone makes it again, to the last bit."""

    decision: Ranked
    same: bool


class Promotion(Struct, frozen=True):
    """Whether a loop went one mode further, which mode it is in, and why."""

    loop: str
    passed: bool
    mode: str
    why: str
