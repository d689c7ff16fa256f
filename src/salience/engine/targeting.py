"""Who is in the segments of the shop's own rules, at any moment; a person may take themselves out of each."""

from __future__ import annotations

from dataclasses import replace

from msgspec import structs

from salience.engine.workspace import Workspace
from salience.events import NotFound, RecommendRequest
from salience.prepare.features.predicted import FIELD, fresh
from salience.privacy.consent import ConsentState
from salience.recommend import Snapshot, traits

SEGMENT_TAG = "tag:segment:"
GOALS = ("churn", "leads", "next")
"""What predictors say of people: fields ``predicted:churn`` and so on, for as long as they count."""


class Targeting(Workspace):
    """The verbs of audiences by rules."""

    def audience(self, name: str) -> list[str]:
        """Everybody who is in a segment at this moment, and may be in an audience."""
        now = self.now()
        self.follower.catch_up(now)
        kept = self.follower.audiences
        if name not in kept.rules:
            way = f"segments: {', '.join(kept.rules)}" if kept.rules else "add [[segments]] to salience.toml"
            raise NotFound("segment", name, "is no segment of this workspace", way)
        people = self.state.everybody(kept.seen)
        may = self.people.may
        asked = (who for who in people if may(who, "profile").allowed and may(who, "audience").allowed)
        return [who for who in asked if self._inside(name, who, now)]

    def ruled_segments(self, user: str) -> list[str]:
        """The segments that a person is in at this moment; none of who may not be profiled."""
        now = self.now()
        self.follower.catch_up(now)
        kept = self.follower.audiences
        if not kept or not self.people.may(user, "profile").allowed:
            return []
        return [name for name in kept.rules if self._inside(name, user, now)]

    def for_segments(
        self, snapshot: Snapshot, request: RecommendRequest, *, personal: bool
    ) -> tuple[Snapshot, RecommendRequest]:
        """Both without the rules for segments that the person is not in; all such rules go without permission."""
        asked = {rule.segment for rule in (*snapshot.rules, *request.rules) if rule.segment}
        if not asked:
            return snapshot, request
        inside = {"", *(self.ruled_segments(request.subject) if personal and request.subject else ())}
        kept, own = (tuple(r for r in rules if r.segment in inside) for rules in (snapshot.rules, request.rules))
        return replace(snapshot, rules=kept), structs.replace(request, rules=own)

    def _inside(self, name: str, user: str, now: int) -> bool:
        state: ConsentState = self.people.state(user)
        if state.choice(SEGMENT_TAG + name) is False:
            return False
        person = self.state.person(user)
        known = traits(person) | {f"{FIELD}{goal}": fresh(person, goal, now) for goal in GOALS}
        return self.follower.audiences.holds(name, self.state.members(user), known, now)
