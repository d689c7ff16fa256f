"""Rewards joined to the decisions of loops: what each decision teaches, and when. A fold of the log.

The clock of a decision starts when it was shown: at once, or with its activation where that was deferred. Rewards that
come before count from then on. Shown and not rewarded within the loop's wait: its default reward is learned. Whatever
comes later (a first reward, a larger one, a revision) corrects the lesson by the difference. Never shown: no lesson.
Where rewards may come until ``late_ms``, a choice without one is taught what is still to be expected (`delays`), and
its default only then.

Time is that of the log (``received``), never a clock's: a wait is over when an event arrives after it. So the same
rows always teach the same lessons in the same order.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from msgspec import Struct

from salience.events import Activation, AnyEvent, Exposure, Impression, LoopSettings, Outcome, Ranked
from salience.events.loops import Side
from salience.feedback.delays import Delays
from salience.feedback.reward import reward
from salience.optimise.bandit.features import NOTHING, Named, flat
from salience.optimise.bandit.loop import LAYOUT, asked_of, context_of

OPEN_CAP = 200_000
"""Decisions that may still be rewarded; the oldest are closed first, and counted."""

AHEAD_CAP = 10_000
RANK = "rank:"
"""How the ids of a loop's decisions begin."""

TEACHING = ("online", "apprentice", "loggingOnly")


class Taught(NamedTuple):
    """A lesson of a loop, or with ``correction`` a change of one."""

    loop: str
    context: Named
    name: str
    action: Named
    value: float
    key: str
    correction: bool
    side: Side | None = None


class Slot(Struct, gc=False):
    """One choice that waits: what it was made in, and what it earned. ``taught`` is None before the first lesson.

    ``at_risk``: what it has added to the expected ms of waiting (`delays`).
    """

    context: Named
    name: str
    action: Named
    rewards: dict[str, tuple[int, float]] = {}
    times: dict[str, int] = {}
    taught: float | None = None
    at_risk: float = 0.0


class Open(Struct, gc=False):
    """A decision of a loop. ``shown``: ms, 0 before it was."""

    loop: str
    shown: int
    slots: dict[str, Slot]
    cascade: bool = False
    rewarded: bool = False
    side: Side | None = None
    unit: str = ""


@dataclass(slots=True)
class RewardCounts:
    """What became of decisions and rewards; they add up: rewards = used + repeated + early + orphans."""

    decisions: int = 0
    shown: int = 0
    rewards: int = 0
    used: int = 0
    repeated: int = 0
    early: int = 0
    late: int = 0
    orphans: int = 0
    defaulted: int = 0
    closed: int = 0
    earned: float = 0.0


class LoopJoin:
    """``settings(loop)``: those in force as of the row being folded; ``cascade(loop)``: how it learns pages.

    ``matured(loop, side, unit, earned by metric)`` is told of each decision of a trial whose wait is over.
    ``chance(loop, slot, side)``: how likely a choice is believed to be rewarded at all.
    """

    def __init__(
        self,
        settings: Callable[[str], LoopSettings],
        cascade: Callable[[str], bool],
        matured: Callable[[str, Side, str, dict[str, float]], None] | None = None,
        chance: Callable[[str, Slot, Side | None], float] | None = None,
    ) -> None:
        self._settings, self._cascade, self._matured, self._chance = settings, cascade, matured, chance
        self.delays: dict[str, Delays] = {}
        self.open: dict[str, Open] = {}
        self.counts: dict[str, RewardCounts] = {}
        self._deadlines: list[tuple[int, str]] = []
        self._ahead: dict[str, list[AnyEvent]] = {}

    @property
    def waits(self) -> bool:
        """Whether a decision waits for its reward."""
        return bool(self._deadlines)

    def apply(self, event: AnyEvent) -> list[Taught]:
        """One more event, in the order of the log: first what fell due before it, then the event itself."""
        lessons = self.settle(event.received) if self._deadlines else []
        if isinstance(event, Ranked):
            return lessons + self._begin(event)
        if not event.decision:
            return lessons
        found = self.open.get(event.decision)
        if found is None:
            self._wait_for(event)
            return lessons
        if isinstance(event, Activation | Impression | Exposure):
            return lessons + self._show(event.decision, found, event.received)
        value = reward(event)
        return lessons if value is None else lessons + self._reward(event, found, value)

    def _wait_for(self, event: AnyEvent) -> None:
        """What overtook its own decision is kept until that comes."""
        if event.decision.startswith(RANK) and isinstance(event, Outcome | Activation):
            self._ahead.setdefault(event.decision, []).append(event)
            if len(self._ahead) > AHEAD_CAP:
                del self._ahead[next(iter(self._ahead))]

    def state(self, decision: str, slot: str = "") -> str:
        """How a reward for this decision would be taken now: accepted, late, not-activated or unknown."""
        found = self.open.get(decision)
        if found is None or (slot and slot not in found.slots):
            return "unknown"
        if not found.shown:
            return "not-activated"
        return (
            "late" if any(one.taught is not None for one in found.slots.values()) and not found.rewarded else "accepted"
        )

    def of(self, loop: str) -> RewardCounts:
        """The counts of one loop."""
        return self.counts.setdefault(loop, RewardCounts())

    def _begin(self, event: Ranked) -> list[Taught]:
        counts = self.of(event.loop)
        counts.decisions += 1
        request = asked_of(event)
        if event.mode not in TEACHING or request is None:
            return []
        features = {action.id: action.features for action in request.actions}
        layout = event.layout.chosen if event.layout else ""
        slots = {
            placed.slot: Slot(context_of(request, at, layout), placed.chosen, flat(features[placed.chosen]))
            for at, placed in enumerate(event.placed)
        }
        if layout:
            slots[LAYOUT] = Slot(flat(request.context_features), LAYOUT + layout, NOTHING)
        cascade, unit = self._cascade(event.loop), event.subject or event.id
        found = Open(event.loop, 0, slots, cascade=cascade, side=event.side, unit=unit if event.side else "")
        self.open[event.id] = found
        if len(self.open) > OPEN_CAP:
            oldest = self.open.pop(next(iter(self.open)))
            self.of(oldest.loop).closed += 1
        lessons = [] if event.deferred else self._show(event.id, found, event.received)
        for ahead in self._ahead.pop(event.id, ()):
            lessons += self.apply(ahead)
        return lessons

    def _show(self, decision: str, found: Open, at: int) -> list[Taught]:
        if found.shown:
            return []
        found.shown = max(at, 1)
        self.of(found.loop).shown += 1
        heapq.heappush(self._deadlines, (found.shown + self._settings(found.loop).wait_ms, decision))
        early = [name for name, slot in found.slots.items() if slot.rewards]
        for _ in early:
            self.of(found.loop).early -= 1
            self.of(found.loop).used += 1
        return [lesson for name in early for lesson in self._teach(decision, found, name)]

    def _reward(self, event: AnyEvent, found: Open, value: float) -> list[Taught]:
        counts, settings = self.of(found.loop), self._settings(found.loop)
        counts.rewards += 1
        name = event.slot if event.slot in found.slots else next(iter(found.slots))
        if event.slot and event.slot not in found.slots:
            counts.orphans += 1
            return []
        slot = found.slots[name]
        metric, revision = (event.metric, event.revision) if isinstance(event, Outcome) else (event.kind, 0)
        before = slot.rewards.get(metric)
        if before is not None and settings.aggregation == "earliest" and revision <= before[0]:
            counts.repeated += 1
            return []
        slot.times[metric] = slot.times.get(metric, 0) + 1
        slot.rewards[metric] = combined(before, revision, value, settings.aggregation, slot.times[metric])
        if not found.shown:
            counts.early += 1
            return []
        if settings.late_ms and len(slot.rewards) == 1 and before is None:
            self._came(found, slot, event.received)
        counts.used += 1
        counts.late += slot.taught is not None and not found.rewarded
        found.rewarded = True
        return self._teach(event.decision, found, name)

    def _teach(self, decision: str, found: Open, name: str) -> list[Taught]:
        """The lesson of a slot; of a cascade, also that what stood above it was seen and left alone."""
        slot, settings = found.slots[name], self._settings(found.loop)
        lessons = self._lesson(decision, found, name, formula(slot.rewards, settings))
        if LAYOUT in found.slots and name != LAYOUT:
            best = max((one.taught or 0.0 for place, one in found.slots.items() if place != LAYOUT), default=0.0)
            lessons += self._lesson(decision, found, LAYOUT, best)
        if found.cascade:
            places = list(found.slots)
            for place in places[: places.index(name)]:
                if found.slots[place].taught is None:
                    lessons += self._lesson(decision, found, place, settings.default_reward)
        return lessons

    def _lesson(self, decision: str, found: Open, name: str, value: float) -> list[Taught]:
        slot = found.slots[name]
        before, slot.taught = slot.taught, value
        if before == value:
            return []
        change = value if before is None else value - before
        self.of(found.loop).earned += change
        return [
            Taught(
                found.loop,
                slot.context,
                slot.name,
                slot.action,
                change,
                f"{decision}:{name}",
                before is not None,
                found.side,
            )
        ]

    def settle(self, now: int) -> list[Taught]:
        """The default for what was shown and never rewarded. Of a cascade that was clicked, nothing below is known."""
        lessons: list[Taught] = []
        while self._deadlines and self._deadlines[0][0] < now:
            due, decision = heapq.heappop(self._deadlines)
            found = self.open.get(decision)
            if found is None:
                continue
            settings = self._settings(found.loop)
            age = due - found.shown
            if age < settings.late_ms and not (found.cascade and found.rewarded):
                lessons += self._expected(decision, found, age)
                heapq.heappush(self._deadlines, (found.shown + min(max(2 * age, 1), settings.late_ms), decision))
                continue
            if not (found.cascade and found.rewarded):
                lessons += self._defaults(decision, found)
            if found.side and self._matured:
                self._matured(found.loop, found.side, found.unit, earned(found))
        return lessons

    def _came(self, found: Open, slot: Slot, at: int) -> None:
        """The first reward of a choice says how long rewards take; what was expected of its waiting is taken back."""
        delays, default = self.delays.setdefault(found.loop, Delays()), self._settings(found.loop).default_reward
        worth = formula(slot.rewards, self._settings(found.loop)) - default
        delays.waited(slot.name, -slot.at_risk)
        slot.at_risk = 0.0
        if worth:
            delays.came(slot.name, at - found.shown, worth)

    def _expected(self, decision: str, found: Open, age: int) -> list[Taught]:
        """What has no reward yet, but may still get one, is taught what is to be expected of it."""
        lessons: list[Taught] = []
        delays, default = self.delays.setdefault(found.loop, Delays()), self._settings(found.loop).default_reward
        for name, slot in found.slots.items():
            if slot.rewards or self._chance is None or name == LAYOUT:
                continue
            coming = delays.coming(slot.name, self._chance(found.loop, slot, found.side), age)
            delays.waited(slot.name, coming * age - slot.at_risk)
            slot.at_risk = coming * age
            lessons += self._lesson(decision, found, name, default + coming * delays.worth(slot.name))
        return lessons

    def _defaults(self, decision: str, found: Open) -> list[Taught]:
        lessons: list[Taught] = []
        default = self._settings(found.loop).default_reward
        for name, slot in found.slots.items():
            if slot.taught is None or (slot.at_risk and not slot.rewards):
                self.of(found.loop).defaulted += 1
                lessons += self._lesson(decision, found, name, default)
        return lessons


def combined(
    before: tuple[int, float] | None, revision: int, value: float, aggregation: str, times: int = 1
) -> tuple[int, float]:
    """(revision, value) of one metric after report number ``times``; a larger revision replaces what was said before.

    >>> combined((0, 0.25), 0, 0.5, "sum"), combined((0, 0.25), 1, 0.5, "sum"), combined((1, 0.25), 0, 0.5, "sum")
    ((0, 0.75), (1, 0.5), (1, 0.25))
    """
    if before is None or revision > before[0]:
        return revision, value
    if revision < before[0]:
        return before
    match aggregation:
        case "sum":
            return revision, before[1] + value
        case "max":
            return revision, max(before[1], value)
        case "last":
            return revision, value
        case "average":
            return revision, before[1] + (value - before[1]) / times
        case _:
            return before


def earned(found: Open) -> dict[str, float]:
    """What a decision earned in all its slots: ``reward``, as it was learned, and each metric as it was told."""
    total: dict[str, float] = {}
    for place, slot in found.slots.items():
        if place != LAYOUT:
            for metric, (_, value) in slot.rewards.items():
                total[metric] = total.get(metric, 0.0) + value
    total["reward"] = sum(slot.taught or 0.0 for place, slot in found.slots.items() if place != LAYOUT)
    return total


def formula(rewards: dict[str, tuple[int, float]], settings: LoopSettings) -> float:
    """The rewards of all metrics as one number in [-1, 1]: their weighted sum.

    >>> formula({"click": (0, 1.0), "refund": (0, -1.0)}, LoopSettings(metrics={"click": 0.25, "refund": 0.5}))
    -0.25
    """
    total = sum(settings.metrics.get(metric, 1.0) * value for metric, (_, value) in rewards.items())
    return min(max(total, -1.0), 1.0)
