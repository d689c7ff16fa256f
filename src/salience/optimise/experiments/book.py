"""The book of experiments: a fold of the log that knows what was defined, what runs, and who met which arm first.

Nothing in it can be edited: each step was an event. Shares of the past stay what they were, and the sample-ratio test
needs them. The first assignment of a unit holds for the whole run, whatever happens to the shares; when ids turn out to
be one person, the first of all of theirs holds, and that they met a second arm is counted (`Run.met`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from salience.events import AnyEvent, Assigned, Decision, Experiment, NotFound
from salience.events.experiment import Design
from salience.events.fault import InvalidInput
from salience.events.kinds import Traits
from salience.optimise.experiments.buckets import Span, assigned, room


class Met(NamedTuple):
    """The first time that a unit met an arm of a run. ``order``: a count over the log, so that firsts are compared."""

    arm: str
    time: int
    received: int
    order: int
    context: Traits


class Allocation(NamedTuple):
    """The shares from ``since`` (ms) on."""

    since: int
    shares: Mapping[str, float]


@dataclass
class Run:
    """From one start, at ``row`` of the log, to its stop.

    ``met``: unit as it named itself -> the arms it met, the first one first.
    ``cluster_of``: person -> the cluster with which they met the run, where clusters are the units.
    """

    salt: str
    span: Span
    design: Design
    started: int
    allocations: list[Allocation]
    row: int = 0
    stopped: int = 0
    why: str = ""
    shipped: str = ""
    met: dict[str, list[Met]] = field(default_factory=dict)
    cluster_of: dict[str, str] = field(default_factory=dict)

    def copied(self) -> Run:
        """As it is now, and as it stays for whoever reads it."""
        met = {unit: list(found) for unit, found in self.met.items()}
        return replace(self, met=met, cluster_of=dict(self.cluster_of), allocations=list(self.allocations))

    @property
    def shares(self) -> Mapping[str, float]:
        """Those of now."""
        return self.allocations[-1].shares

    def first(self, names: Iterable[str]) -> Met | None:
        """The first arm that any of these names of one unit met."""
        found = [self.met[name][0] for name in names if name in self.met]
        return min(found, key=lambda one: one.order) if found else None

    def drawn(self, unit: str, layer: str) -> str | None:
        """The arm that hash and shares give a new unit; None outside the run's part of the layer."""
        return assigned(unit, salt=self.salt, layer=layer, span=self.span, shares=self.shares)


@dataclass
class Entry:
    """One experiment: its newest design, and its runs, oldest first."""

    name: str
    design: Design
    defined: int
    runs: list[Run] = field(default_factory=list)

    @property
    def running(self) -> Run | None:
        """The run that takes in units now."""
        return self.runs[-1] if self.runs and not self.runs[-1].stopped else None


class Book:
    """All experiments of one workspace."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._order = 0
        self.version = 0
        """Grows with every step: what a cached answer compares."""

    def apply(self, event: AnyEvent, row: int = 0) -> None:
        """One more event of the log, in its order."""
        match event:
            case Experiment():
                self._step(event, row)
                self.version += 1
            case Assigned():
                self._meet(event.experiment, event.arm, event.unit or event.subject, event)
            case Decision() if event.arms and event.mode == "online":
                for name, arm in event.arms.items():
                    self._meet(name, arm, self._unit(name, event), event)
            case _:
                pass

    def entries(self) -> tuple[Entry, ...]:
        """Every experiment, in the order of definition."""
        return tuple(self._entries.values())

    def running(self) -> Iterator[tuple[Entry, Run]]:
        """Those that take in units now."""
        for entry in self._entries.values():
            if run := entry.running:
                yield entry, run

    def entry(self, name: str) -> Entry:
        """One experiment; `NotFound` if nobody defined it."""
        found = self._entries.get(name)
        if found is None:
            raise NotFound("experiment", name, "nobody defined it", "salience experiments list")
        return found

    def room_for(self, design: Design) -> Span:
        """A free span of the design's layer. `InvalidInput` if there is none."""
        taken = [run.span for _, run in self.running() if run.design.layer == design.layer]
        return room(design.traffic, taken, design.layer)

    # --- inside -------------------------------------------------------------------------------------------------------

    def _step(self, event: Experiment, row: int) -> None:
        entry = self._entries.get(event.name)
        if event.step == "define" and event.design is not None:
            if entry is None:
                self._entries[event.name] = Entry(event.name, event.design, event.time)
            else:
                entry.design, entry.defined = event.design, event.time
        elif entry is not None and event.step == "start":
            span = (event.span[0], event.span[1])
            allocation = Allocation(event.time, event.shares)
            entry.runs.append(Run(event.salt, span, entry.design, event.time, [allocation], row))
        elif entry is not None and (run := entry.running):
            if event.step == "allocate":
                run.allocations.append(Allocation(event.time, event.shares))
            else:
                run.stopped, run.why, run.shipped = event.time, event.why, next(iter(event.shares), "")

    def _meet(self, name: str, arm: str, unit: str, event: Assigned | Decision) -> None:
        entry = self._entries.get(name)
        runs = entry.runs if entry else []
        salt = event.salt if isinstance(event, Assigned) else ""
        run = next((one for one in reversed(runs) if not salt or one.salt == salt), None)
        if run is None or arm not in run.design.names or not unit:
            return
        if run.design.unit == "cluster":
            run.cluster_of.setdefault(event.subject, unit)
        met = run.met.setdefault(unit, [])
        if all(one.arm != arm for one in met):
            self._order += 1
            met.append(Met(arm, event.time, event.received, self._order, event.context))

    def _unit(self, name: str, decision: Decision) -> str:
        entry = self._entries.get(name)
        if entry is None or entry.design.unit == "user":
            return decision.subject
        return decision.session if entry.design.unit == "session" else ""


def checked_step(entry: Entry, step: str) -> None:
    """`InvalidInput` where this step cannot be taken now."""
    run = entry.running
    if step in ("define", "start") and run is not None:
        way_out = "stop it first; a new start has a new salt, so that nobody carries over what the first run did"
        raise InvalidInput("experiment", entry.name, "is running", way_out)
    if step in ("allocate", "stop") and run is None:
        raise InvalidInput("experiment", entry.name, "is not running", "salience experiments list")
