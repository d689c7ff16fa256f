"""Join what happened to what was decided: a fold of the log that turns reactions into lessons.

The clock of a decision starts when somebody *saw* it (an impression or a reaction), not when it was made: a page that
was prepared and never shown teaches nothing. Seen and not rewarded within ``wait_ms``: the lesson is 0. A reward that
comes later, or a larger one, corrects the lesson, so slow outcomes are not lost to fast ones. One decision, one trial.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

from salience.events import AnyEvent, Decision, Impression
from salience.feedback.reward import reward
from salience.optimise import Lesson

OPEN_CAP = 200_000
"""Decisions that wait for their outcome in memory; the oldest are closed first, and counted."""


@dataclass(slots=True)
class _Open:
    """A decision that may still be rewarded."""

    slot: str
    arm: str
    seen: int = 0
    taught: float | None = None


@dataclass(frozen=True, slots=True)
class JoinCounts:
    """What became of decisions and rewards."""

    decisions: int = 0
    seen: int = 0
    rewarded: int = 0
    unrewarded: int = 0
    late: int = 0
    orphans: int = 0
    closed: int = 0


class Join:
    """Apply events in log order; each call returns the lessons that follow from it."""

    def __init__(self, wait_ms: int) -> None:
        self.wait_ms = wait_ms
        self._open: dict[str, _Open] = {}
        self._deadlines: list[tuple[int, str]] = []
        self._counts = dict.fromkeys(JoinCounts.__slots__, 0)

    def apply(self, event: AnyEvent) -> list[Lesson]:
        """One more event: decisions open, impressions start the clock, reactions teach."""
        if isinstance(event, Decision):
            if event.mode == "online":
                self._begin(event)
            return []
        if not event.decision:
            return []
        value = reward(event)
        if value is None and not isinstance(event, Impression):
            return []
        waiting = self._open.get(event.decision)
        if waiting is None:
            self._counts["orphans"] += 1
            return []
        self._see(event.decision, waiting, event.received)
        return [] if value is None else self._teach(waiting, value)

    def due(self, now: int) -> bool:
        """Whether `settle` has anything to do."""
        return bool(self._deadlines) and self._deadlines[0][0] <= now

    def settle(self, now: int) -> list[Lesson]:
        """The lessons of decisions that were seen, and whose time for a reward is over at ``now``."""
        lessons: list[Lesson] = []
        while self._deadlines and self._deadlines[0][0] <= now:
            waiting = self._open.get(heapq.heappop(self._deadlines)[1])
            if waiting and waiting.taught is None:
                waiting.taught = 0.0
                self._counts["unrewarded"] += 1
                lessons += [Lesson(waiting.slot, waiting.arm, 1, 0.0)] if waiting.arm else []
        return lessons

    def counts(self) -> JoinCounts:
        """The totals so far."""
        return JoinCounts(**self._counts)

    def _begin(self, decision: Decision) -> None:
        self._counts["decisions"] += 1
        self._open[decision.id] = _Open(decision.slot, decision.layout.chosen if decision.layout else "")
        if len(self._open) > OPEN_CAP:
            del self._open[next(iter(self._open))]
            self._counts["closed"] += 1

    def _see(self, decision: str, waiting: _Open, at: int) -> None:
        if not waiting.seen:
            waiting.seen = max(at, 1)
            self._counts["seen"] += 1
            heapq.heappush(self._deadlines, (waiting.seen + self.wait_ms, decision))

    def _teach(self, waiting: _Open, value: float) -> list[Lesson]:
        """The largest reward of a decision counts; a correction has 0 trials: the decision was counted before."""
        before = waiting.taught
        if before is not None and value <= before:
            return []
        waiting.taught = value
        if before is None:
            self._counts["rewarded"] += 1
        elif before == 0.0:
            self._counts["late"] += 1
        if not waiting.arm:
            return []
        return [Lesson(waiting.slot, waiting.arm, 1 if before is None else 0, value - (before or 0.0))]
