"""Who is in the segments of the shop's own rules, at any moment; a person may take themselves out of each."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace

from msgspec import structs

from salience.engine.workspace import CHUNK, Workspace
from salience.events import ANONYMOUS, AnyEvent, Identify, InvalidInput, NotFound, RecommendRequest, Traits
from salience.prepare.activity import DAY_MS
from salience.prepare.features.predicted import FIELD, SHARE, SOURCE, UNTIL, fresh
from salience.privacy.consent import ConsentState
from salience.recommend import Snapshot, traits

SEGMENT_TAG = "tag:segment:"
GOALS = ("churn", "leads", "next")
MINED = ("rfm", "cluster", "rhythm", "value", "interest", "mood")
"""What predictors and `salience mine --tell` say of people: fields ``predicted:churn``, ``predicted:rfm`` and so on,
for as long as they count."""


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

    def tell(
        self,
        name: str,
        values: Mapping[str, str | float],
        *,
        days: int = 30,
        shares: Mapping[str, float] | None = None,
    ) -> int:
        """Write what was mined of people to the log, as a field that counts for ``days``; how many were told.

        Only of people who may be profiled. Segments can then ask about ``predicted:<name>``; ``shares``, where given,
        stand beside it as ``predicted:<name>:share``.
        """
        if name not in MINED:
            raise InvalidInput("name", name, f"must be one of {', '.join(MINED)}")
        now = self.now()
        told: list[AnyEvent] = []
        for user, value in values.items():
            if self.people.may(user, "profile").allowed:
                traits: Traits = {f"{FIELD}{name}": value, f"{FIELD}{name}{UNTIL}": now + days * DAY_MS}
                if shares is not None:
                    traits |= {f"{FIELD}{name}{SHARE}": round(shares[user], 4)}
                named = {"anonymous": user.removeprefix(ANONYMOUS)} if user.startswith(ANONYMOUS) else {"user": user}
                told.append(
                    Identify(id=uuid.uuid4().hex, time=now, received=now, source=SOURCE, traits=traits, **named)  # type: ignore[arg-type]
                )
        for start in range(0, len(told), CHUNK):
            self.log.append(told[start : start + CHUNK]).result()
        self.follower.catch_up(now)
        return len(told)

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
        known = traits(person) | {f"{FIELD}{goal}": fresh(person, goal, now) for goal in (*GOALS, *MINED)}
        return self.follower.audiences.holds(name, self.state.members(user), known, now)
