"""Guard: what surely broke a guardrail is stopped, and everybody gets the control or the old side again, unasked."""

from __future__ import annotations

from msgspec import Struct

from salience.engine.experimenting import Experimenting
from salience.engine.trying import CanaryView, Trying
from salience.optimise.experiments.harm import Alarm, harm

KEPT = 100


class Guarded(Struct, frozen=True):
    """A run with broken guardrails. ``returned``: it was stopped for that; else its design only wants to be told."""

    experiment: str
    run: int
    alarms: tuple[Alarm, ...]
    returned: bool


class Guardrails(Struct, frozen=True):
    """What was found broken: experiments, and trials inside loops. Both empty is well."""

    experiments: tuple[Guarded, ...] = ()
    loops: tuple[CanaryView, ...] = ()


class Guarding(Experimenting, Trying):
    """The verbs that look after what is running. A server looks at experiments once an hour, at trials each minute."""

    _alarms = Guardrails()

    def guard(self) -> Guardrails:
        """Look at every guardrail now; where one is surely broken, traffic goes back, and the audit chain says why."""
        found = Guardrails(self.guard_experiments(), self.guard_loops())
        self._alarmed(found)
        return found

    @property
    def alarms(self) -> Guardrails:
        """The last hundred of either kind that this process found broken."""
        return self._alarms

    def _alarmed(self, found: Guardrails) -> None:
        old = self._alarms
        fresh = tuple(one for one in found.experiments if one not in old.experiments)
        self._alarms = Guardrails((*old.experiments, *fresh)[-KEPT:], (*old.loops, *found.loops)[-KEPT:])

    def guard_experiments(self) -> tuple[Guarded, ...]:
        """Every running experiment with a broken guardrail. Looking often costs no certainty: see `harm`.

        A stop goes into the experiment's history with the figures as its reason, and into the audit chain.
        """
        now = self.now()
        self.follower.catch_up(now)
        found = []
        for entry, run in list(self.follower.book.running()):
            if not any(metric.role == "guardrail" for metric in run.design.metrics):
                continue
            number = len(entry.runs)
            chosen, measured = self.measured(entry, number, now)
            alarms = harm(chosen.design, measured, now)
            if not alarms:
                continue
            returned = chosen.design.on_harm == "return" and not self.read_only and not chosen.stopped
            if returned:
                why = f"returned by itself: {alarms[0].said()}"
                self.stop_experiment(entry.name, why=why[:1000])
                self.note(
                    "experiment returned", detail=f"experiment={entry.name} run={number} {alarms[0].said()}"[:1000]
                )
            found.append(Guarded(entry.name, number, alarms, returned))
        return tuple(found)

    def housekeep(self, now: int) -> None:
        """And the guardrails of experiments."""
        super().housekeep(now)
        self._alarmed(Guardrails(experiments=self.guard_experiments()))

    def watch(self, now: int) -> None:
        """And those of trials inside loops."""
        super().watch(now)
        if found := self.guard_loops():
            self._alarmed(Guardrails(loops=found))
