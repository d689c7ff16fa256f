"""Assign: which arm of which experiment a person, session, cluster or moment belongs to."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from salience.engine.workspace import Workspace
from salience.events import ANONYMOUS, Assigned, RecommendRequest
from salience.events.experiment import Arm
from salience.events.kinds import Traits
from salience.events.reading import Person
from salience.optimise import POLICIES
from salience.optimise.experiments.book import Entry, Run
from salience.optimise.experiments.switchback import arm_of, period_of
from salience.recommend import Snapshot

VERSIONS = 4
"""Models of older versions that are kept in memory for arms that answer with them."""


class Asking(NamedTuple):
    """Who asks, with what is known of the moment."""

    user: str = ""
    anonymous: str = ""
    session: str = ""
    context: Mapping[str, object] = {}

    @property
    def subject(self) -> str:
        """The key of the person's profile, as events have it."""
        return self.user or (ANONYMOUS + self.anonymous if self.anonymous else "")


class Dealt(NamedTuple):
    """The arm of a unit. ``exposure``: what has to be logged before the arm may be shown; None if it is logged."""

    arm: str
    unit: str
    exposure: Assigned | None


class Assigning(Workspace):
    """What both the experiments' verbs and the recommendations need."""

    def deal(self, entry: Entry, run: Run, asking: Asking) -> Dealt | None:
        """The arm for whoever asks; None if they are no part of the run, or held out of all, or must not be counted."""
        if asking.subject and not self.people.may(asking.subject, "count").allowed:
            return None
        if not entry.design.holdout and self._held_out(asking):
            return None
        return self._dealt(entry, run, asking)

    def arms_for(self, request: RecommendRequest, person: Person) -> dict[str, Dealt]:
        """Experiment -> arm, of all that try something on recommendations in this slot."""
        traits = {name.removeprefix("trait:"): value for name, value in person.fields.items()}
        asking = Asking(request.user, request.anonymous, request.session, traits)
        found: dict[str, Dealt] = {}
        for entry, run in self.follower.book.running():
            design = entry.design
            if design.target == "recommend" and (not design.slots or request.slot in design.slots):
                dealt = self.deal(entry, run, asking)
                if dealt is not None and self._can_answer(design.arm(dealt.arm), request.subject):
                    found[entry.name] = dealt
        return found

    def segments_for(self, dealt: Mapping[str, Dealt], person: Person) -> Traits:
        """The traits by which these experiments are checked, as they are now: never looked up later."""
        wanted = {name for experiment in dealt for name in self.follower.book.entry(experiment).design.segments}
        return {name: person.fields[f"trait:{name}"] for name in sorted(wanted) if f"trait:{name}" in person.fields}

    def snapshot_for(self, dealt: Mapping[str, Dealt]) -> Snapshot:
        """What answers in these arms: the published snapshot with their settings in place of its own."""
        snapshot = self.snapshot
        for name, one in dealt.items():
            arm = self.follower.book.entry(name).design.arm(one.arm)
            if arm.model and arm.model != snapshot.version:
                older = self._version(arm.model)[0]
                snapshot = replace(older, explore=snapshot.explore, layouts=snapshot.layouts)
            if arm.explore is not None:
                snapshot = replace(snapshot, explore=arm.explore)
            if arm.layout_policy:
                snapshot = replace(snapshot, layouts=POLICIES[arm.layout_policy])
        return snapshot

    # --- inside -------------------------------------------------------------------------------------------------------

    def _held_out(self, asking: Asking) -> bool:
        """Whether a holdout keeps this unit out. That is an exposure of the holdout's, and is logged as one."""
        for entry, run in self.follower.book.running():
            if entry.design.holdout:
                dealt = self._dealt(entry, run, asking)
                if dealt is not None and not self.read_only and dealt.exposure is not None:
                    self.log.append([dealt.exposure])
                if dealt is not None and dealt.arm == entry.design.names[-1]:
                    return True
        return False

    def _dealt(self, entry: Entry, run: Run, asking: Asking) -> Dealt | None:
        design = run.design
        if design.unit == "time":
            period = period_of(self.now(), run.started, design.period_hours)
            return Dealt(arm_of(period, run.salt, design.names), f"period:{period}", None)
        unit, names = self._unit(run, asking)
        if not unit:
            return None
        met = run.first(names)
        drawn = met.arm if met else run.drawn(unit, design.layer)
        if drawn is None:
            return None
        known = asking.subject in run.met or (design.unit == "cluster" and asking.subject in run.cluster_of)
        if met and (known or design.unit == "session"):
            return Dealt(drawn, unit, None)
        return Dealt(drawn, unit, self._exposure(entry.name, run, asking, unit, drawn))

    def _unit(self, run: Run, asking: Asking) -> tuple[str, tuple[str, ...]]:
        """(what is hashed, all names under which this unit may have met the run before)."""
        design = run.design
        if design.unit == "session":
            return asking.session, (asking.session,)
        if design.unit == "cluster":
            given = asking.context.get(design.cluster)
            cluster = "" if given is None else str(given)
            return cluster, (cluster,)
        if not asking.subject:
            return "", ()
        return self.state.unit(asking.subject), self.state.members(asking.subject)

    def _exposure(self, name: str, run: Run, asking: Asking, unit: str, arm: str) -> Assigned:
        """The event of this first meeting; its id is made of what it says, so a second one is a duplicate."""
        own = run.design.unit == "user"
        said = "\0".join((name, run.salt, "" if own else unit, asking.subject))
        segments = {key: asking.context[key] for key in run.design.segments if key in asking.context}
        now = self.now()
        return Assigned(
            id="assigned-" + hashlib.blake2b(said.encode(), digest_size=16).hexdigest(),
            user=asking.user,
            anonymous="" if asking.user else asking.anonymous,
            session=asking.session,
            time=now,
            received=now,
            context={key: value for key, value in segments.items() if isinstance(value, str | bool | int | float)},
            experiment=name,
            arm=arm,
            salt=run.salt,
            unit="" if own else unit,
        )

    def _can_answer(self, arm: Arm, subject: str) -> bool:
        """Whether the arm's model is still there, and knows nothing of somebody who was erased since. Else nobody is
        counted."""
        if not arm.model or arm.model == self.snapshot.version:
            return True
        if arm.model not in self.artefacts.list():
            return False
        stone = self.people.suppression.of(subject)
        return stone is None or self._version(arm.model)[1] > stone.at

    def _version(self, version: str) -> tuple[Snapshot, int]:
        found = self._versions.get(version)
        if found is None:
            while len(self._versions) >= VERSIONS:
                del self._versions[next(iter(self._versions))]
            found = self._versions[version] = self._loaded(version)
        return found


def exposures(dealt: Mapping[str, Dealt]) -> list[Assigned]:
    """What is logged beside a decision, which is itself the exposure of its person, but not of a cluster."""
    return [one.exposure for one in dealt.values() if one.exposure is not None and one.exposure.unit]
