"""Decide among a caller's own actions, hear what came of it, and steer the loop that learns from both."""

from __future__ import annotations

import hashlib
import threading
import time
import uuid
from concurrent.futures import Future

import msgspec
from msgspec import structs

from salience.engine.auditing import Auditing
from salience.engine.workspace import CHUNK
from salience.events import (
    Activation,
    DecideRequest,
    Exposure,
    InvalidInput,
    LoopSettings,
    NotFound,
    Outcome,
    Ranked,
    Steering,
)
from salience.events.answers import LoopView, Replayed, RewardTaken, VersionView
from salience.feedback.learning import Loops
from salience.feedback.loops import RANK
from salience.optimise.bandit.fair import disclosed, fair
from salience.optimise.bandit.loop import Loop, settled
from salience.optimise.bandit.rank import rank
from salience.store.faults import Unavailable
from salience.store.log import Appended

REMEMBERED = 2_000
"""Answers that are kept at hand for a caller who asks again; older ones are found in the log."""


def decision_of(loop: str, event_id: str) -> str:
    """The log's id of a loop's decision: made from the caller's, so that asking twice is one decision.

    >>> decision_of("default", "e-1")
    'rank:default:e-1'
    """
    whole = f"{RANK}{loop}:{event_id}"
    return whole if len(whole) <= 256 else RANK + hashlib.blake2b(whole.encode(), digest_size=32).hexdigest()


class Deciding(Auditing):
    """The verbs of loops."""

    def ask(self, request: DecideRequest) -> Future[Ranked]:
        """`decide`, without waiting for the disk: the future resolves once the answer is logged."""
        request.checked()
        given = bool(request.event_id)
        if not given:
            request = structs.replace(request, event_id=uuid.uuid4().hex)
        key = decision_of(request.loop_id, request.event_id)
        answer: Future[Ranked] = Future()
        with self._asking:
            known = self._decided.get(key)
            if known is not None:
                return known if isinstance(known, Future) else _known(known)
            self._decided[key] = answer
            if len(self._decided) > REMEMBERED:
                self._decided.popitem(last=False)
        try:
            found = self._ranked(key) if given else None
            if found is not None:
                answer.set_result(found)
            else:
                self._decide(request, key, answer)
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it
            self._drop(key)
            answer.set_exception(error)
        return answer

    def decide(self, request: DecideRequest) -> Ranked:
        """Choose an action for each slot, log it, answer; asked again, the same answer, to the byte.

        Past the deadline, or if choosing fails, the baseline is shown: mode ``fallback``, which teaches nothing.
        """
        return self.ask(request).result()

    def _decide(self, request: DecideRequest, id: str, answer: Future[Ranked]) -> None:
        began, now = time.perf_counter(), self.now()
        with self.follower.turn(now) as as_of:
            if request.unit_id and not self.people.may(request.unit_id, "decide").allowed:
                request = structs.replace(request, context_features=[], unit_id="")  # nothing of theirs is used or kept
            loop = self.follower.loops.of(request.loop_id)
            request = fair(request, loop.settings)
            spent = 1000 * (time.perf_counter() - began)
            late = request.deadline_ms is not None and spent >= request.deadline_ms
            failed = f"the deadline of {request.deadline_ms:g} ms had passed" if late and request.deadline_ms else ""
            try:
                made = rank(request, loop, id=id, as_of=as_of, now=now, failed=failed)
            except InvalidInput:
                raise
            except Exception as error:  # noqa: BLE001 - a page must not stay empty because choosing failed
                self.trouble = f"{type(error).__name__}: {error}"
                made = rank(request, loop, id=id, as_of=as_of, now=now, failed="choosing failed")
        made = structs.replace(made, latency_us=int((time.perf_counter() - began) * 1e6))
        self.latency.add(1000 * (time.perf_counter() - began))
        if request.dry_run or self.read_only:
            self._drop(id)
            answer.set_result(made)
            return

        def stored(appended: Future[Appended]) -> None:
            if (
                appended.exception() is not None
            ):  # the disk refused: still an answer, marked, and asked anew the next time
                self._drop(id)
                answer.set_result(structs.replace(made, degraded=True, mode="fallback"))
            elif appended.result().rows[0]:
                self._answered(id, made)
                answer.set_result(made)
            else:  # another process was first
                threading.Thread(target=self._of_another, args=(id, answer), daemon=True).start()

        try:
            self.log.append([made]).add_done_callback(stored)
        except Unavailable:
            self._drop(id)
            answer.set_result(structs.replace(made, degraded=True, mode="fallback"))

    def reward(
        self,
        event_id: str,
        value: float,
        *,
        loop: str = "default",
        slot: str = "",
        metric: str = "reward",
        reward_id: str = "",
        revision: int = 0,
        why: str = "",
        at: int = 0,
    ) -> RewardTaken:
        """A reward in [-1, 1] for a decision. With ``reward_id`` it counts once; a larger ``revision`` replaces it."""
        if not -1 <= value <= 1:
            raise InvalidInput("value", value, "must be between -1 and 1", "scale the reward")
        now, decision = self.now(), decision_of(loop, event_id)
        with self.follower.turn(now):
            status = self.follower.loops.join.state(decision, slot)
        if status == "unknown" and self._ranked(decision) is not None:
            status = "late"  # decided, and closed since
        named = f"{decision}:{slot}:{metric}:{reward_id}" if reward_id else uuid.uuid4().hex
        digest = hashlib.blake2b(named.encode(), digest_size=32).hexdigest()
        short = named if len(named) < 240 else digest
        event = Outcome(
            id=f"reward:{short}", time=at or now, received=now, decision=decision, slot=slot, value=value,
            metric=metric, revision=revision, why=why,
        )  # fmt: skip
        row = self.log.append([event]).result().rows[0]
        return RewardTaken(event_id, status if row else "duplicate", decision)

    def activate(self, event_id: str, *, loop: str = "default") -> RewardTaken:
        """The decision was shown; its clock starts, once."""
        now, decision = self.now(), decision_of(loop, event_id)
        known = self._ranked(decision) is not None
        event = Activation(id=f"activate:{decision}"[:256], time=now, received=now, decision=decision)
        row = self.log.append([event]).result().rows[0]
        return RewardTaken(event_id, ("accepted" if known else "unknown") if row else "duplicate", decision)

    def exposed(
        self, event_id: str, *, visible_ms: int, loop: str = "default", slot: str = "", share: float = 1.0, at: int = 0
    ) -> RewardTaken:
        """A stretch of time in view of one slot. Viewing starts the clock as well."""
        now, decision = self.now(), decision_of(loop, event_id)
        event = Exposure(id=uuid.uuid4().hex, time=at or now, received=now, decision=decision, slot=slot,
                         visible_ms=visible_ms, share=share)  # fmt: skip
        self.log.append([event]).result()
        return RewardTaken(event_id, "accepted" if self._ranked(decision) else "unknown", decision)

    def steer(
        self,
        loop: str,
        settings: LoopSettings | None = None,
        *,
        pin: str | None = None,
        fresh: bool = False,
        by: str = "",
        why: str = "",
    ) -> LoopView:
        """Change a loop: settings, the version that answers, or a new beginning. It holds from the next answer on."""
        if settings is not None:
            settled(disclosed(settings))
        now = self.now()
        with self.follower.turn(now):
            if pin and pin not in self.follower.loops.of(loop).versions:
                raise NotFound("version", pin, "is not kept", "`salience policies versions` lists those that are")
        event = Steering(id=uuid.uuid4().hex, time=now, received=now, loop=loop, settings=settings, pin=pin,
                         fresh=fresh, by=by, why=why)  # fmt: skip
        self.log.append([event]).result()
        if settings is not None and (settings.about != "content" or settings.significant):
            said = f"loop={loop} about={settings.about} significant={settings.significant}"
            self.note(
                "loop that weighs", detail=f"{said} differs_by={','.join(settings.differs_by)}", actor=by or "engine"
            )
        return self.loop(loop)

    def loop(self, name: str = "default") -> LoopView:
        """How a loop stands."""
        with self.follower.turn(self.now()) as as_of:
            return self._view(self.follower.loops.of(name), as_of)

    def loops(self) -> list[LoopView]:
        """Every loop that decided or was steered."""
        with self.follower.turn(self.now()) as as_of:
            return [self._view(self.follower.loops.of(name), as_of) for name in self.follower.loops.names()]

    def versions(self, loop: str = "default") -> list[VersionView]:
        """What can answer again at once, newest first."""
        with self.follower.turn(self.now()):
            found = self.follower.loops.of(loop)
            return [
                VersionView(one.name, one.row, one.time, one.lessons, one.policy, one.name == found.pin)
                for one in reversed(found.versions.values())
            ]

    def replay(self, event_id: str, *, loop: str = "default") -> Replayed:
        """Make a logged decision again from the log alone; whether it comes out the same, to the last bit."""
        logged = self._ranked(decision_of(loop, event_id))
        if logged is None:
            raise NotFound("eventId", event_id, "was never decided", "ids are in every answer as `eventId`")
        loops, after = Loops(), 0
        while after < logged.as_of and (rows := self.log.read(after=after, limit=CHUNK)):
            for row, event in rows:
                if row <= logged.as_of:
                    loops.apply(row, event)
            after = rows[-1][0]
        failed = logged.placed[0].why[0] if logged.mode == "fallback" else ""
        request = msgspec.json.decode(logged.asked, type=DecideRequest)
        again = rank(request, loops.of(loop), id=logged.id, as_of=logged.as_of, now=logged.time, failed=failed)
        again = structs.replace(again, latency_us=logged.latency_us)
        return Replayed(logged, msgspec.json.encode(again) == msgspec.json.encode(logged))

    def _ranked(self, decision: str) -> Ranked | None:
        found = self.log.find(decision)
        return found[1] if found is not None and isinstance(found[1], Ranked) else None

    def _of_another(self, id: str, answer: Future[Ranked]) -> None:
        try:
            found = self._ranked(id)
            if found is None:
                raise InvalidInput("eventId", id, "is the id of another kind of event", "choose another one")  # noqa: TRY301
            answer.set_result(found)
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it
            answer.set_exception(error)

    def _answered(self, id: str, made: Ranked) -> None:
        """The answer itself, where somebody could still wait for it until now."""
        with self._asking:
            if id in self._decided:
                self._decided[id] = made

    def _drop(self, id: str) -> None:
        with self._asking:
            self._decided.pop(id, None)

    def _view(self, loop: Loop, as_of: int) -> LoopView:
        counts = self.follower.loops.join.of(loop.name)
        return LoopView(
            loop=loop.name, settings=loop.settings, model=loop.model, version=loop.version, pinned=loop.pin,
            lessons=loop.learner.main.lessons, turns=loop.learner.turns, as_of=as_of, modes=dict(loop.modes),
            decisions=counts.decisions, shown=counts.shown, rewards=counts.rewards, used=counts.used,
            repeated=counts.repeated, early=counts.early, late=counts.late, defaulted=counts.defaulted,
            orphans=counts.orphans, agreed=loop.agreed, earned=counts.earned, earned_agreed=loop.earned_agreed,
            first=loop.first, last=loop.last, steered=loop.steered_at,
        )  # fmt: skip


def _known(made: Ranked) -> Future[Ranked]:
    told: Future[Ranked] = Future()
    told.set_result(made)
    return told
