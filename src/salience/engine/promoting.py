"""Judge a loop from its own log, and let it leave the baseline only when that says so."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import msgspec
from msgspec import json, structs

from salience.engine.deciding import Deciding
from salience.engine.workspace import CHUNK
from salience.events import AnyEvent, InvalidInput, Ranked, Steering
from salience.events.answers import LoopView, Promotion
from salience.feedback.judged import LoopReport, report
from salience.optimise.bandit.exported import exported, version_in
from salience.optimise.bandit.policies import named

NEXT = {"loggingOnly": "apprentice", "apprentice": "online"}


class Promoting(Deciding):
    """The verbs of those who answer for a loop."""

    def report(
        self, loop: str = "default", *, start: int = 0, end: int = 0, policies: tuple[str, ...] = (), bucket_ms: int = 0
    ) -> LoopReport:
        """What the baseline, chance, the candidate and ``policies`` would have earned on the logged decisions."""
        now = self.now()
        wanted = {name: named(name) for name in policies}
        return report(
            self._every_row(), loop, start=start, end=end or now + 1, now=now, policies=wanted, bucket_ms=bucket_ms
        )

    def promote(self, loop: str = "default", *, by: str = "", force: bool = False) -> Promotion:
        """One mode further: to apprentice at once, to online only if the candidate's interval lies above the baseline.

        ``force`` is for those who answer for it themselves; it is logged with their name.
        """
        before = self.loop(loop).settings
        wanted = NEXT.get(before.mode)
        if wanted is None:
            raise InvalidInput("loop", loop, "is online already", "`salience policies rollback` takes it back")
        why, passed = "logged decisions can now carry the candidate's choices", True
        if wanted == "online" and not force:
            passed, why = gate(self.report(loop))
        if force:
            why = "by order, without the gate"
        if passed:
            made = msgspec.convert({**structs.asdict(before), "mode": wanted}, type(before))
            self.steer(loop, made, by=by, why=why)
        return Promotion(loop, passed, wanted if passed else before.mode, why)

    def order(self, loop: str, job: dict[str, object], *, by: str = "") -> None:
        """Keep the definition of an evaluation with the loop, in the log."""
        now = self.now()
        event = Steering(id=uuid.uuid4().hex, time=now, received=now, loop=loop, job=json.encode(job).decode(), by=by)
        self.log.append([event]).result()

    def jobs(self, loop: str, kind: str) -> dict[str, dict[str, object]]:
        """The ordered evaluations of a kind by id, oldest first; those taken back are not among them."""
        with self.follower.turn(self.now()):
            told = [json.decode(job, type=dict[str, object]) for job in self.follower.loops.of(loop).jobs.values()]
        found: dict[str, dict[str, object]] = {}
        for job in told:
            if job.get("kind") == kind:
                found.pop(str(job["id"]), None)
                if not job.get("deleted"):
                    found[str(job["id"])] = job
        return found

    def importances(self, loop: str = "default") -> list[tuple[str, float]]:
        """Features of the context by how much their weights move the scores, the largest 100."""
        with self.follower.turn(self.now()):
            learner = self.follower.loops.of(loop).answering
            places, own = dict(learner.vocabulary.places), list(learner.main.own.values())
        size = {
            name: sum(abs(float(one.mean[at])) for one in own if at < len(one.mean))
            for name, at in places.items()
            if at
        }
        most = max(size.values(), default=0.0) or 1.0
        return sorted(((name, 100 * value / most) for name, value in size.items()), key=lambda one: -one[1])

    def forget_decisions(self) -> int:
        """Forget every logged decision and activation of loops; how many. What was learned goes with the next start."""
        return self.log.expire(("ranked", "activation"), self.now() + 1)

    def decided_between(self, loop: str = "default") -> tuple[int, int]:
        """(first, last) decision that the log still holds, in ms; 0 if there is none."""
        times = [event.received for _, event in self._every_row() if isinstance(event, Ranked) and event.loop == loop]
        return (min(times), max(times)) if times else (0, 0)

    def export_loop(self, loop: str = "default") -> bytes:
        """What answers, as a file: its name and its weights. The version in it is kept, so that it can come back."""
        now = self.now()
        with self.follower.turn(now):
            found = self.follower.loops.of(loop)
            newest = next(reversed(found.versions.values()), None)
            kept = found.pin or (newest.name if newest and newest.lessons == found.learner.main.lessons else "")
        if not kept and found.learner.main.lessons:
            self.steer(loop, why="set aside to be exported")
        with self.follower.turn(self.now()):
            return exported(self.follower.loops.of(loop))

    def import_loop(self, loop: str, data: bytes, *, by: str = "") -> LoopView:
        """Let the version of an exported file answer. `InvalidInput` if it is no such file, or no longer kept here."""
        return self.steer(loop, pin=version_in(data), by=by, why="imported")

    def rollback_loop(self, loop: str, version: str, *, by: str = "") -> LoopView:
        """Let an older version answer from the next request on; "" for the newest again."""
        return self.steer(loop, pin=version, by=by, why="rollback")

    def _every_row(self) -> Iterator[tuple[int, AnyEvent]]:
        after = 0
        while rows := self.log.read(after=after, limit=CHUNK):
            yield from rows
            after = rows[-1][0]


def gate(told: LoopReport) -> tuple[bool, str]:
    """Whether the candidate may answer alone: in every slot its value lies above the baseline's, both trustworthy."""
    if not told.slots:
        return False, f"not enough data: {told.judged} decisions can be judged"
    for slot, found in told.slots.items():
        where = f"slot {slot}: " if slot else ""
        by_name = {one.policy: one for one in found.policies}
        candidate, baseline = by_name["candidate"], by_name["baseline"]
        if not candidate.support.trustworthy:
            return False, f"{where}the candidate's value is {candidate.verdict}; let an apprentice share its choices"
        if not baseline.support.trustworthy:
            return False, f"{where}the baseline's value is {baseline.verdict}"
        if candidate.low <= baseline.value:
            return False, (
                f"{where}the candidate earns {candidate.value:.4f} ({candidate.low:.4f} to {candidate.high:.4f}), "
                f"which is not above the baseline's {baseline.value:.4f}"
            )
    return True, "the candidate's interval lies above the baseline in every slot"
