"""What is known about the arms of each slot: how often each was judged, with what reward. A fold, like all state."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from msgspec import Struct


class Arm(Struct, frozen=True):
    """One arm's record: ``trials`` judged decisions, whose rewards sum to ``reward`` (each reward in [0, 1])."""

    name: str
    trials: int = 0
    reward: float = 0.0


class Lesson(NamedTuple):
    """A change of what an arm has earned. A late or revised reward is a lesson with ``trials`` 0."""

    slot: str
    arm: str
    trials: int
    reward: float


class Arms:
    """All arms of a workspace, by slot."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._arms: dict[tuple[str, str], Arm] = {}

    def offer(self, slot: str, names: Sequence[str]) -> None:
        """Remember that these arms exist, so that one never judged is not forgotten when the arms are looked at."""
        with self._lock:
            for name in names:
                self._arms.setdefault((slot, name), Arm(name))

    def update(self, lessons: Iterable[Lesson]) -> None:
        """Learn. The sum does not depend on the order of lessons, so late rewards are worth as much as early ones."""
        with self._lock:
            for slot, name, trials, reward in lessons:
                arm = self._arms.get((slot, name), Arm(name))
                self._arms[slot, name] = Arm(name, arm.trials + trials, arm.reward + reward)

    def of(self, slot: str, names: Sequence[str]) -> tuple[Arm, ...]:
        """The records of these arms; an arm never judged starts from nothing."""
        with self._lock:
            return tuple(self._arms.get((slot, name), Arm(name)) for name in names)

    def slots(self) -> dict[str, tuple[Arm, ...]]:
        """Every slot with its arms, by name."""
        with self._lock:
            slots = sorted({slot for slot, _ in self._arms})
            return {s: tuple(arm for (slot, _), arm in sorted(self._arms.items()) if slot == s) for s in slots}
