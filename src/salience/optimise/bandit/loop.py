"""One loop: its settings, what it has learned, the versions set aside, and what was shown. A fold of the log."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from salience.events.loops import LAYOUT, DecideRequest, LoopSettings, Ranked, Steering
from salience.optimise.bandit.features import Named, flat
from salience.optimise.bandit.learner import Learner
from salience.optimise.bandit.policies import DEFAULT, POLICIES, Policy, named

VERSIONS = 20
"""Versions kept for rollback, besides the one that answers."""

_asked = lru_cache(maxsize=1)(msgspec.json.Decoder(DecideRequest).decode)
"""Two folds ask of the same row, one after the other."""


class Version(Struct, frozen=True):
    """What was known at one row of the log. ``learner`` is apart from the one that goes on learning."""

    name: str
    row: int
    time: int
    lessons: int
    policy: str
    learner: Any


class Loop:
    """Mutable. ``version`` counts the changes of settings; the learner goes on learning while an older one answers."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.settings = LoopSettings()
        self.version = 0
        self.policy: Policy = POLICIES[DEFAULT]
        self.learner: Learner = self.policy.learner()
        self.pin = ""
        self.versions: dict[str, Version] = {}
        self.exported = 0
        self.taught = 0
        self.born = 0
        self.modes: dict[str, int] = {}
        self.agreed = 0
        self.earned_agreed = 0.0
        self.steered_at = 0
        self.chosen: dict[str, int] = {}
        self.chosen_for: dict[tuple[str, str], int] = {}
        self.first = self.last = 0
        self.jobs: dict[str, str] = {}

    @property
    def answering(self) -> Learner:
        """What decides: the newest, or the version that was pinned."""
        return self.versions[self.pin].learner if self.pin in self.versions else self.learner

    @property
    def model(self) -> str:
        """The name of what answers."""
        return self.pin if self.pin in self.versions else f"{self.name}.{self.born}.{self.learner.main.lessons}"

    def steered(self, row: int, event: Steering) -> None:
        """Settings, pin, or a new beginning. What was known before is set aside first."""
        self._export(row, event.received)
        if event.job:
            self.jobs[event.id] = event.job
            return
        if event.settings is not None:
            before = self.policy
            made = settled(event.settings)
            self.settings, self.policy = event.settings, made
            if before.link.name != made.link.name:  # scores of another kind: nothing carries over
                self.learner, self.born = made.learner(), row
            elif (before.replicas, before.keep) != (made.replicas, made.keep):
                self.learner = self.learner.turned(keep=made.keep, replicas=made.replicas)
        if event.fresh:
            self.learner, self.born, self.pin = self.policy.learner(), row, ""
        if event.pin is not None:
            self.pin = event.pin
        self.version += 1
        self.steered_at = event.received

    def ranked(self, row: int, event: Ranked) -> None:
        """Count what was shown, and meet the features that were asked with."""
        self.first, self.last = self.first or event.received, event.received
        self.modes[event.mode] = self.modes.get(event.mode, 0) + 1
        for placed in event.placed:
            self.chosen[placed.chosen] = self.chosen.get(placed.chosen, 0) + 1
            if event.subject:
                key = (event.subject, placed.chosen)
                self.chosen_for[key] = self.chosen_for.get(key, 0) + 1
        if event.placed and event.placed[0].candidate:
            first = event.placed[0]
            self.agreed += first.candidate[event.offered.index(first.baseline)] == max(first.candidate)
        if event.asked and event.mode != "fallback":
            request = _asked(event.asked)
            context = flat(request.context_features)
            self.learner.vocabulary.meet(context, [flat(one.features) for one in request.actions if one.features])
        if event.received - self.exported >= self.settings.export_ms:
            self._export(row, event.received)

    def learn(self, context: Named, name: str, action: Named, reward: float, *, key: str) -> None:
        """One lesson."""
        self.taught += 1
        self.learner.learn(context, name, action, reward, key=key)

    def correct(self, context: Named, name: str, action: Named, change: float) -> None:
        """A reward came after all, or was revised."""
        self.learner.correct(context, name, action, change)

    def _export(self, row: int, now: int) -> None:
        self.exported = now
        newest = next(reversed(self.versions.values()), None)
        lessons = self.learner.main.lessons
        if lessons == 0 or (newest is not None and (newest.lessons, newest.name) == (lessons, self._name(newest.row))):
            return
        name = self._name(row)
        self.versions[name] = Version(name, row, now, lessons, self.policy.name, self.learner.copy())
        for old in [one for one in self.versions if one != self.pin][: -VERSIONS or None]:
            del self.versions[old]

    def _name(self, row: int) -> str:
        return f"{self.name}.{self.born}.r{row}"


def settled(settings: LoopSettings) -> Policy:
    """The policy of these settings; `InvalidInput` if there is no such policy."""
    return named(settings.policy, keep=settings.keep, floor=settings.floor, explore=settings.explore)


def asked_of(event: Ranked) -> DecideRequest | None:
    """The request of a logged answer; None once its features are erased."""
    return _asked(event.asked) if event.asked else None


def context_of(request: DecideRequest, slot: int, layout: str) -> Named:
    """What a slot's choice is made in: the context, the slot's own features, which slot and which layout it is."""
    parts: list[Mapping[str, Any]] = list(request.context_features)
    if request.slots:
        parts += [{"slot": part} for part in request.slots[slot].features]
        parts.append({"slot": request.slots[slot].id})
    if layout:
        parts.append({"layout": layout})
    return flat(parts)


__all__ = ["LAYOUT", "Loop", "Version", "asked_of", "context_of", "settled"]
