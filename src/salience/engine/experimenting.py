"""Experiment: define, start, change the shares, stop, report, plan; and answer flags. Every step is an event."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Literal

from msgspec import Struct

from salience.engine.assigning import Asking
from salience.engine.runs import Counting
from salience.events import Experiment, InvalidInput, NotFound
from salience.events.experiment import Design, Method, Metric
from salience.optimise import POLICIES
from salience.optimise.experiments.book import Entry, Run, checked_step
from salience.optimise.experiments.buckets import checked_shares
from salience.optimise.experiments.judged import Judged, judged
from salience.optimise.experiments.planning import Plan, plan
from salience.store.faults import Unavailable

__all__ = ["ExperimentReport", "ExperimentView", "Experimenting", "Flag", "NoUnit", "Plan"]


class ExperimentView(Struct, frozen=True):
    """One experiment in a list. Times in ms UTC, 0 for never; ``shares`` are those of now."""

    name: str
    state: Literal["defined", "running", "stopped"]
    hypothesis: str
    target: str
    arms: tuple[str, ...]
    shares: dict[str, float]
    method: str
    planned: int
    met: int
    runs: int
    started: int
    stopped: int
    why: str


class ExperimentReport(Struct, frozen=True):
    """One run of one experiment, judged. ``run`` counts from 1."""

    experiment: ExperimentView
    run: int
    unit: str
    metrics: tuple[Metric, ...]
    now: int
    judged: Judged


class NoUnit(InvalidInput):
    """Whoever asks did not say what the experiment assigns by."""


class Flag(Struct, frozen=True):
    """What a flag answers, in the words of OpenFeature's remote evaluation."""

    key: str
    value: str | bool | int | float
    variant: str
    reason: Literal["SPLIT", "DEFAULT", "DISABLED", "STATIC", "ERROR"]
    metadata: dict[str, str] = {}


class Experimenting(Counting):
    """The verbs of those who want to know whether it helped."""

    new_salt: Callable[[], str] = staticmethod(lambda: uuid.uuid4().hex)
    """What a start is salted with: never the same twice, unless a test hands in salts of its own."""

    def experiments(self) -> tuple[ExperimentView, ...]:
        """Every experiment, in the order of definition."""
        self.follower.catch_up(self.now())
        return tuple(_view(entry) for entry in self.follower.book.entries())

    def define_experiment(self, name: str, design: Design) -> ExperimentView:
        """Say what will be tried and how it will be judged, before anything is seen. Not while it runs."""
        self.follower.catch_up(self.now())
        entry = next((one for one in self.follower.book.entries() if one.name == name), None)
        if entry is not None:
            checked_step(entry, "define")
        design = design.checked()
        for arm in design.arms:
            if arm.layout_policy and arm.layout_policy not in POLICIES:
                raise InvalidInput("layout_policy", arm.layout_policy, "is no policy", f"one of {', '.join(POLICIES)}")
            if arm.model and arm.model not in self.artefacts.list():
                raise NotFound("model", arm.model, "is not published", "salience models")
        return self._step(name, "define", design=design)

    def start_experiment(self, name: str, shares: Mapping[str, float] | None = None, why: str = "") -> ExperimentView:
        """Take in units from now on, with a new salt. Without ``shares`` every arm gets the same."""
        entry = self._entry(name)
        checked_step(entry, "start")
        design = entry.design
        given = dict(shares) if shares else {arm: 1 / len(design.arms) for arm in design.names}
        fixed = checked_shares(given, design.names)
        span = self.follower.book.room_for(design)
        return self._step(name, "start", salt=self.new_salt(), span=span, shares=fixed, why=why)

    def allocate_experiment(self, name: str, shares: Mapping[str, float], why: str = "") -> ExperimentView:
        """New shares for units that come from now on. Whoever has an arm keeps it."""
        entry = self._entry(name)
        checked_step(entry, "allocate")
        if entry.design.unit == "time":
            raise InvalidInput("shares", "", "periods of time take turns", "start again with another design")
        return self._step(name, "allocate", shares=checked_shares(dict(shares), entry.design.names), why=why)

    def stop_experiment(self, name: str, *, ship: str = "", why: str = "") -> ExperimentView:
        """Take in nobody any more. ``ship``: the arm that the flag answers from now on (the control, if not said)."""
        entry = self._entry(name)
        checked_step(entry, "stop")
        if ship and ship not in entry.design.names:
            raise InvalidInput("ship", ship, "is no arm", f"the arms are {', '.join(entry.design.names)}")
        if ship and entry.design.target != "flag":
            way_out = "stop without it, then set explore, layout_policy or the model for the workspace"
            raise InvalidInput("ship", ship, "only flags go on answering with an arm", way_out)
        return self._step(name, "stop", shares={ship: 1.0} if ship else {}, why=why)

    def report_experiment(self, name: str, run: int = 0) -> ExperimentReport:
        """Judge a run (counted from 1; 0: the last) from the log alone."""
        entry = self._entry(name)
        if not entry.runs:
            raise InvalidInput("experiment", name, "was never started", f"salience experiments start {name}")
        number = run or len(entry.runs)
        if not 1 <= number <= len(entry.runs):
            raise NotFound("run", run, f"there were {len(entry.runs)}", "leave it out for the last one")
        now = self.now()
        chosen, measured = self.measured(entry, number, now)
        found = judged(chosen, measured, now)
        return ExperimentReport(_view(entry), number, chosen.design.unit, chosen.design.metrics, now, found)

    def plan_experiment(
        self,
        *,
        mean: float,
        sd: float,
        lift: float,
        units_a_day: float,
        arms: int = 2,
        method: Method = "sequential",
        alpha: float = 0.05,
        power: float = 0.8,
        rho: float = 0.0,
    ) -> Plan:
        """How many units and weeks it takes to find a relative ``lift`` of a metric with this mean and deviation."""
        return plan(
            mean=mean,
            sd=sd,
            lift=lift,
            units_a_day=units_a_day,
            arms=arms,
            method=method,
            alpha=alpha,
            power=power,
            rho=rho,
        )

    def flag(self, name: str, asking: Asking) -> Flag:
        """The answer of one flag; the first one that a unit gets in a run is logged as its exposure."""
        entry = self._entry(name)
        if entry.design.target != "flag":
            raise NotFound("flag", name, "is an experiment on recommendations", "ask for recommendations instead")
        return self._answer(entry, asking)

    def flags(self, asking: Asking) -> tuple[Flag, ...]:
        """The answers of all flags."""
        self.follower.catch_up(self.now())
        entries = [entry for entry in self.follower.book.entries() if entry.design.target == "flag"]
        return tuple(self._answer(entry, asking) for entry in entries)

    # --- inside -------------------------------------------------------------------------------------------------------

    def _answer(self, entry: Entry, asking: Asking) -> Flag:
        control, run = entry.design.arms[0], entry.running
        if run is None:
            shipped = entry.runs[-1].shipped if entry.runs else ""
            arm = entry.runs[-1].design.arm(shipped) if shipped else control
            return Flag(entry.name, arm.answer, arm.name, "STATIC" if shipped else "DISABLED")
        design = run.design
        if design.unit == "user" and not asking.subject:
            raise NoUnit("targetingKey", "", "is missing: this experiment assigns people", "send who it is")
        if design.unit == "session" and not asking.session:
            raise NoUnit("session", "", "is missing: this experiment assigns sessions", "send it in the context")
        dealt = self.deal(entry, run, asking)
        if dealt is None:
            return Flag(entry.name, control.answer, control.name, "DEFAULT")
        if dealt.exposure is not None and not self.read_only:
            try:
                self.log.append([dealt.exposure]).result()
            except Unavailable:  # what cannot be counted is not shown: the page still gets an answer
                return Flag(entry.name, control.answer, control.name, "ERROR")
        arm = run.design.arm(dealt.arm)
        return Flag(entry.name, arm.answer, arm.name, "SPLIT", {"experiment": entry.name, "run": str(len(entry.runs))})

    def _entry(self, name: str) -> Entry:
        self.follower.catch_up(self.now())
        return self.follower.book.entry(name)

    def _step(
        self,
        name: str,
        step: Literal["define", "start", "allocate", "stop"],
        *,
        design: Design | None = None,
        salt: str = "",
        span: tuple[float, ...] = (),
        shares: Mapping[str, float] | None = None,
        why: str = "",
    ) -> ExperimentView:
        now = self.now()
        event = Experiment(
            id=f"experiment-{uuid.uuid4().hex}",
            time=now,
            received=now,
            name=name,
            step=step,
            design=design,
            salt=salt,
            span=span,
            shares=dict(shares or {}),
            why=why,
        )
        self.log.append([event]).result()
        return _view(self._entry(name))


def _view(entry: Entry) -> ExperimentView:
    last: Run | None = entry.runs[-1] if entry.runs else None
    design = entry.design
    return ExperimentView(
        name=entry.name,
        state="defined" if last is None else "stopped" if last.stopped else "running",
        hypothesis=design.hypothesis,
        target=design.target,
        arms=design.names,
        shares=dict(last.shares) if last else {},
        method=design.method,
        planned=design.units,
        met=len(last.met) if last else 0,
        runs=len(entry.runs),
        started=last.started if last else 0,
        stopped=last.stopped if last else 0,
        why=last.why if last else "",
    )
