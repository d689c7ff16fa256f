"""One loop: its settings, what it has learned, the versions set aside, and what was shown. A fold of the log."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct, structs

from salience.events.loops import LAYOUT, Canary, DecideRequest, LoopSettings, Ranked, RankMode, Side, Steering
from salience.optimise.bandit.features import Named, flat
from salience.optimise.bandit.learner import Learner
from salience.optimise.bandit.policies import DEFAULT, POLICIES, Policy, settled
from salience.optimise.bandit.trial import Trial, tried, tried_learner

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


class Answering(NamedTuple):
    """Who answers one request: what is known, how it is chosen from, the name of both; ``side`` of a trial, if any."""

    learner: Learner
    policy: Policy
    model: str
    side: Side | None = None


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
        self.trial: Trial | None = None
        self.adopted: set[str] = set()

    @property
    def answering(self) -> Learner:
        """What decides: the newest, or the version that was pinned."""
        return self.versions[self.pin].learner if self.pin in self.versions else self.learner

    @property
    def model(self) -> str:
        """The name of what answers."""
        return self.pin if self.pin in self.versions else self._newest

    def answers(self, request: DecideRequest, mode: RankMode) -> Answering:
        """Who answers this request: while something is tried, the side that its unit is on."""
        known = Answering(self.answering, self.policy, self.model)
        if self.trial is None or mode != "online":
            return known
        side = self.trial.side(request)
        return known._replace(side=side) if side.arm == "stable" else self._tried(self.trial, side)

    def _tried(self, trial: Trial, side: Side) -> Answering:
        version = trial.canary.version
        if trial.learner is not None:
            return Answering(trial.learner, trial.policy, self._canary_name(trial), side)
        if version is None:
            return Answering(self.answering, trial.policy, self.model, side)
        if version in self.versions:
            return Answering(self.versions[version].learner, trial.policy, version, side)
        return Answering(self.learner, trial.policy, self._newest, side)

    @property
    def _newest(self) -> str:
        return f"{self.name}.{self.born}.{self.learner.main.lessons}"

    def _canary_name(self, trial: Trial) -> str:
        lessons = trial.learner.main.lessons if trial.learner else 0
        return f"{self.name}.{self.born}.canary-{trial.id[:8]}.{lessons}"

    def steered(self, row: int, event: Steering) -> None:
        """Settings, pin, a new beginning, a trial. What was known before is set aside first."""
        self._export(row, event.received)
        if event.job:
            self.jobs[event.id] = event.job
            return
        if event.canary is not None:
            self._try(event, event.canary)
        elif event.settings is not None or event.pin is not None or event.fresh:
            self.trial = None  # what it was compared with is no longer there
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

    def _try(self, event: Steering, canary: Canary) -> None:
        """A trial begins, or ends: then what was tried answers everybody, or nobody."""
        before, self.trial = self.trial, None
        if canary.share:
            policy = tried(self, canary)
            self.trial = Trial(event.id, event.received, canary, policy, tried_learner(self, canary, policy))
        elif before is not None and event.adopt:
            self.adopted.add(before.id)
            self.policy = before.policy
            self.settings = structs.replace(self.settings, policy=before.policy.name)
            if before.learner is not None:
                self.learner, self.pin = before.learner, ""
            elif before.canary.version is not None:
                self.pin = before.canary.version

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
            self._taught(event.side).vocabulary.meet(
                context, [flat(one.features) for one in request.actions if one.features]
            )
        if event.received - self.exported >= self.settings.export_ms:
            self._export(row, event.received)

    def learn(
        self, context: Named, name: str, action: Named, reward: float, *, key: str, side: Side | None = None
    ) -> None:
        """One lesson, to whoever is to learn from it."""
        self.taught += 1
        self._taught(side).learn(context, name, action, reward, key=key)

    def correct(self, context: Named, name: str, action: Named, change: float, *, side: Side | None = None) -> None:
        """A reward came after all, or was revised."""
        self._taught(side).correct(context, name, action, change)

    def chance(self, context: Named, name: str, action: Named, side: Side | None = None) -> float:
        """How likely a reward is believed to be, between 0 and 1, by whoever learns from this side."""
        believed = self._taught(side).beliefs(context, (name,), (action,))
        return min(max(float(believed.expected[0]), 0.0), 1.0)

    def _taught(self, side: Side | None) -> Learner:
        """Who learns from a decision of this side. What a side that was sent back had to itself teaches nobody more."""
        if side is None or not side.apart or side.arm == "stable" or side.trial in self.adopted:
            return self.learner
        if self.trial is not None and self.trial.id == side.trial and self.trial.learner is not None:
            return self.trial.learner
        return self.policy.learner()

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


__all__ = ["LAYOUT", "Answering", "Loop", "Version", "asked_of", "context_of", "settled"]
