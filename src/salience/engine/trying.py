"""Try something new on a share of a loop's units, see how it stands, and take it for everybody or send it back."""

from __future__ import annotations

import uuid

from msgspec import Struct, structs

from salience.engine.promoting import Promoting
from salience.events import InvalidInput, Steering
from salience.events.answers import LoopView
from salience.events.loops import Canary
from salience.optimise.bandit.guarded import CanaryReport, compared
from salience.optimise.bandit.loop import Loop
from salience.optimise.bandit.trial import triable


class CanaryView(Struct, frozen=True, rename="camel"):
    """A trial as it stands. ``returned``: a guardrail was surely broken, so everybody has the old side again."""

    loop: str
    trial: str
    began: int
    canary: Canary
    report: CanaryReport
    verdict: str
    returned: bool = False


class Trying(Promoting):
    """The verbs of trials inside loops."""

    def canary(self, loop: str, canary: Canary, *, by: str = "", why: str = "") -> CanaryView:
        """Let something new answer a share of the units, from the next answer on. `InvalidInput` if it cannot."""
        if not canary.share:
            raise InvalidInput("share", 0, "must be above 0", "`end` takes a trial back")
        with self.follower.turn(self.now()):
            found = self.follower.loops.of(loop)
            if found.trial is not None:
                raise InvalidInput("loop", loop, "tries something already", "end that first: one answer, one trial")
            triable(found, canary)
        self._steered(loop, canary, by=by, why=why)
        return self.tried(loop)

    def tried(self, loop: str = "default") -> CanaryView:
        """How the trial of a loop stands. Looking often costs no certainty."""
        with self.follower.turn(self.now()):
            taken = _Taken(self.follower.loops.of(loop))
        return taken.view()

    def end_canary(
        self, loop: str = "default", *, adopt: bool = False, force: bool = False, by: str = "", why: str = ""
    ) -> LoopView:
        """Everybody gets the old side again, or with ``adopt`` the new one.

        `InvalidInput` where the new one is not surely within its margins; ``force`` is for who answers for that.
        """
        view = self.tried(loop)
        if adopt and not force and not view.report.holds:
            raise InvalidInput("adopt", loop, f"is too early: {view.verdict}", "wait, or `force` it as your own order")
        self._steered(loop, Canary(0.0), adopt=adopt, by=by, why=why or view.verdict)
        return self.loop(loop)

    def guard_loops(self) -> tuple[CanaryView, ...]:
        """Every trial with a surely broken guardrail. It is ended for that, and the audit chain says why."""
        with self.follower.turn(self.now()):
            loops = [self.follower.loops.of(name) for name in self.follower.loops.names()]
            taken = [_Taken(one) for one in loops if one.trial is not None]
        found = []
        for view in (one.view() for one in taken):
            if view.report.broken:
                if not self.read_only:
                    why = f"returned by itself: {view.verdict}"[:1000]
                    self._steered(view.loop, Canary(0.0), by="guardrail", why=why)
                    self.note("canary returned", detail=f"loop={view.loop} trial={view.trial} {view.verdict}"[:1000])
                found.append(structs.replace(view, returned=not self.read_only))
        return tuple(found)

    def _steered(self, loop: str, canary: Canary, *, adopt: bool = False, by: str, why: str) -> None:
        now = self.now()
        event = Steering(
            id=uuid.uuid4().hex, time=now, received=now, loop=loop, canary=canary, adopt=adopt, by=by, why=why[:1000]
        )
        self.log.append([event]).result()


class _Taken:
    """What is counted at one moment: taken while nothing is learned, judged afterwards."""

    def __init__(self, loop: Loop) -> None:
        if loop.trial is None:
            raise InvalidInput("loop", loop.name, "tries nothing", "`salience policies canary --share 0.05 ...` begins")
        self.loop, self.trial, self.counts = loop.name, loop.trial, loop.trial.counts()
        self.signs = {metric: -1.0 if weight < 0 else 1.0 for metric, weight in loop.settings.metrics.items()}

    def view(self) -> CanaryView:
        """With the verdict of the worst metric first."""
        report = compared(self.trial.canary, self.counts, self.signs)
        order = ("broken", "not enough data", "holds")
        said = "; ".join(one.said() for one in sorted(report.metrics, key=lambda one: order.index(one.verdict)))
        return CanaryView(self.loop, self.trial.id, self.trial.began, self.trial.canary, report, said)
