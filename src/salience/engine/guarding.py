"""Guard: a run whose guardrail is surely broken is stopped, and everybody gets the control again, unasked."""

from __future__ import annotations

from msgspec import Struct

from salience.engine.auditing import Auditing
from salience.engine.experimenting import Experimenting
from salience.optimise.experiments.harm import Alarm, harm


class Guarded(Struct, frozen=True):
    """A run with broken guardrails. ``returned``: it was stopped for that; else its design only wants to be told."""

    experiment: str
    run: int
    alarms: tuple[Alarm, ...]
    returned: bool


class Guarding(Experimenting, Auditing):
    """The verb that looks after running experiments; the server calls it once an hour."""

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
        """And the guardrails of what is running."""
        super().housekeep(now)
        self.guard_experiments()
