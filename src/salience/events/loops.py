"""Loops: a caller asks which of its own actions to show, says what came of it, and steers how that is learned.

The names of a request are those of Azure AI Personalizer, so that its users can stay. What goes into the log is
`Ranked`, `Activation`, `Outcome` and `Steering`; all that a loop knows is a fold of these.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from msgspec import Meta, Struct, field

from salience.events.decision import Choice
from salience.events.fault import InvalidInput
from salience.events.kinds import Event, Id, Name, OptionalId, Share

RankMode: TypeAlias = Literal["online", "apprentice", "loggingOnly", "holdout", "fallback"]
"""``online``: the policy chooses. ``apprentice``: the baseline but for a share. ``loggingOnly``: the baseline.
``holdout``: the baseline, for people set apart to compare with. ``fallback``: the baseline, because time or the program
failed; nothing is learned from it."""

Features: TypeAlias = list[dict[str, Any]]
LAYOUT = "layout:"
"""Layouts share the learner with actions, under names of their own."""


class RankAction(Struct, frozen=True, rename="camel", gc=False):
    """One of the actions. ``budget``: how often it may be chosen in all; ``cap``: how often for one unit."""

    id: Id
    features: Features = []
    budget: Annotated[int, Meta(ge=0)] | None = None
    cap: Annotated[int, Meta(ge=0)] | None = None


class RankSlot(Struct, frozen=True, rename="camel", gc=False):
    """One place of a page. ``baseline_action`` is what would stand there without a policy."""

    id: Id
    features: Features = []
    excluded_actions: tuple[Id, ...] = ()
    baseline_action: OptionalId = ""


class DecideRequest(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True, gc=False):
    """Which action for each slot? Without ``slots`` there is one; the first action that may be shown is its baseline.

    ``event_id`` seeds the draw and makes the call repeatable. ``ineligible``: action -> why not; ``must_show``: slot ->
    action ("" without slots). ``explore`` false: the best as known, with probability 1. ``dry_run``: nothing is kept.
    """

    actions: Annotated[tuple[RankAction, ...], Meta(min_length=1, max_length=500)]
    event_id: OptionalId = ""
    context_features: Features = []
    excluded_actions: tuple[Id, ...] = ()
    ineligible: dict[Id, Annotated[str, Meta(max_length=256)]] = {}
    slots: Annotated[tuple[RankSlot, ...], Meta(max_length=50)] = ()
    layouts: Annotated[tuple[Id, ...], Meta(max_length=50)] = ()
    must_show: dict[OptionalId, Id] = {}
    defer_activation: bool = False
    loop_id: Name = "default"
    unit_id: OptionalId = ""
    explore: bool = True
    deadline_ms: Annotated[float, Meta(gt=0)] | None = None
    dry_run: bool = False
    schema_version: Literal[1] = 1

    def checked(self) -> DecideRequest:
        """Itself; `InvalidInput` for what the types alone cannot refuse."""
        names = {action.id for action in self.actions}
        if len(names) < len(self.actions):
            raise InvalidInput(
                "actions", len(self.actions), "two have the same id", "give each action an id of its own"
            )
        if len({slot.id for slot in self.slots}) < len(self.slots):
            raise InvalidInput("slots", len(self.slots), "two have the same id", "give each slot an id of its own")
        baselines = [slot.baseline_action for slot in self.slots]
        for at, slot in enumerate(self.slots):
            where = f"slots[{at}].baselineAction"
            if slot.baseline_action not in names:
                raise InvalidInput(where, slot.baseline_action, "is none of the actions", "name one for every slot")
            if slot.baseline_action in slot.excluded_actions:
                raise InvalidInput(where, slot.baseline_action, "is excluded in its own slot", "exclude another one")
            if baselines.count(slot.baseline_action) > 1:
                raise InvalidInput(where, slot.baseline_action, "stands in two slots", "give each slot its own")
        places = {slot.id for slot in self.slots} or {""}
        for place, action in self.must_show.items():
            if place not in places or action not in names:
                raise InvalidInput("mustShow", f"{place}: {action}", "names no slot or no action", "as in the request")
        return self


class LoopSettings(Struct, frozen=True, omit_defaults=True):
    """How a loop decides and learns. `Steering` replaces them as a whole.

    ``wait_ms``: how long after activation a reward is waited for before ``default_reward`` is learned. ``late_ms``:
    until when one may still come; between the two, what is still to be expected is learned, from how long rewards take.
    0: no such model, late rewards correct the default. ``floor``: share
    spread evenly over all actions. ``apprentice_share``: how often an apprentice's own choice is shown. ``holdout``:
    share of units set apart. ``keep``: what one lesson leaves of what was known. ``metrics``: name of a reward -> its
    weight in the sum, by default 1. ``export_ms``: how often a version is set aside. ``label`` and ``arguments``: what
    the caller wrote for the policy, where that was in another program's words.

    ``about``: of anything but content, the choice looks at those features of the context alone that ``differs_by``
    names, each with the reason that the public page of main parameters gives. ``significant``: it weighs heavily for
    the person, so no answer is final: it says what moved it, and a human looks at it when the person asks.
    """

    mode: Literal["online", "apprentice", "loggingOnly"] = "online"
    policy: Name = "thompson-logistic"
    explore: Share = 0.2
    floor: Share = 0.002
    keep: Annotated[float, Meta(gt=0, le=1)] = 1.0
    wait_ms: Annotated[int, Meta(ge=0, le=2_592_000_000)] = 600_000
    late_ms: Annotated[int, Meta(ge=0, le=7_776_000_000)] = 0
    default_reward: Annotated[float, Meta(ge=-1, le=1)] = 0.0
    aggregation: Literal["earliest", "sum", "max", "last", "average"] = "earliest"
    holdout: Share = 0.0
    apprentice_share: Share = 0.0
    metrics: dict[Name, float] = {}
    export_ms: Annotated[int, Meta(ge=1000)] = 300_000
    retrain_days: Annotated[int, Meta(ge=0)] = 0
    retention_days: Annotated[int, Meta(ge=-1)] = 90
    ttl_s: Annotated[int, Meta(ge=0)] = 0
    label: Annotated[str, Meta(max_length=256)] = ""
    arguments: Annotated[str, Meta(max_length=4096)] = ""
    about: Literal["content", "price", "discount", "fee", "offer"] = "content"
    differs_by: dict[Name, Annotated[str, Meta(min_length=1, max_length=512)]] = {}
    significant: bool = False


class Canary(Struct, frozen=True, omit_defaults=True):
    """Something new that answers a ``share`` of a loop's units, beside what answered them so far; 0 ends it.

    ``version``: one that was set aside, "" for the newest, None for what answers now. ``policy``: another way to
    choose, "" for the loop's own. ``apart``: each side learns from its own decisions alone.
    ``margins``: metric -> how much less it may earn a decision before everybody gets the old side back; ``reward`` is
    what the loop learns from. ``units``: about how many the trial is planned for. ``alpha``: how often, over all looks
    and metrics together, a side that is no worse than its margins may be sent back.
    """

    share: Share
    version: OptionalId | None = None
    policy: Annotated[str, Meta(max_length=128)] = ""
    apart: bool = False
    margins: dict[Name, Share] = field(default_factory=lambda: {"reward": 0.0})
    units: Annotated[int, Meta(ge=100)] = 10_000
    alpha: Annotated[float, Meta(ge=1e-4, le=0.2)] = 0.05


class Side(Struct, frozen=True, gc=False):
    """Which side of a trial answered: ``trial`` is the id of the steering that began it, ``share`` the canary's.

    ``apart``: the sides learn apart.
    """

    trial: Id
    arm: Literal["stable", "canary"]
    share: Share
    apart: bool = False


class Placed(Struct, frozen=True, omit_defaults=True, gc=False):
    """What stands in one slot. ``probabilities``: (offered,) those drawn from, given the slots above, after all rules.

    ``candidate``: (offered,) what the policy alone would have drawn from, where a mode overrode it. ``expected``,
    ``low``, ``high``: the reward believed of what was chosen. ``out``: offered action -> why it could not be chosen.
    """

    chosen: Id
    probabilities: tuple[Share, ...]
    slot: OptionalId = ""
    baseline: OptionalId = ""
    candidate: tuple[Share, ...] = ()
    expected: float = 0.0
    low: float = 0.0
    high: float = 0.0
    out: dict[Id, str] = field(default_factory=dict)
    why: tuple[str, ...] = ()


class Ranked(Event, frozen=True, tag="ranked"):
    """One logged answer of a loop. From ``asked`` and the log up to ``as_of`` it can be made again, to the last bit.

    ``moved``, of significant ones: slot -> feature of the context -> how far the score of the chosen one falls without
    it. It tells of the person, so it is sealed, as ``asked`` is.
    """

    loop: Name
    offered: tuple[Id, ...]
    placed: tuple[Placed, ...]
    seed: int
    as_of: int
    asked: Annotated[str, Meta(max_length=4_194_304)] = ""
    mode: RankMode = "online"
    policy: str = ""
    model: str = ""
    version: int = 0
    floor: Share = 0.0
    layout: Choice | None = None
    side: Side | None = None
    deferred: bool = False
    unexplored: bool = False
    degraded: bool = False
    ttl_s: int = 0
    latency_us: int = 0
    significant: bool = False
    moved: dict[OptionalId, dict[str, float]] = field(default_factory=dict)


class Activation(Event, frozen=True, tag="activation"):
    """The decision named in ``decision`` was really shown: its clock starts now."""

    channel: OptionalId = ""


class Steering(Event, frozen=True, tag="steering"):
    """A loop is steered: new ``settings``; another version answers (``pin``), or the newest again (``pin`` empty).

    ``fresh``: what was learned is set aside, and learning begins anew. ``canary``: a trial begins, or with share 0
    ends; ``adopt``: what was tried answers everybody from now on. ``job``: an evaluation that was ordered or taken
    back, as JSON. ``by``: who; ``why``: for what reason. Whatever else changes what answers ends a trial as well.
    """

    loop: Name
    settings: LoopSettings | None = None
    pin: OptionalId | None = None
    fresh: bool = False
    canary: Canary | None = None
    adopt: bool = False
    job: Annotated[str, Meta(max_length=65_536)] = ""
    by: OptionalId = ""
    why: Annotated[str, Meta(max_length=1024)] = ""
