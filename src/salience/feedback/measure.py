"""From the log to one run's arrays: the exposures of each unit, and the events that its metrics count.

Ids that are one person are one unit: the first arm that any of them met is theirs. A unit that met two arms is counted
and left out, in all arms alike; so are machines. Nothing is guessed.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping

import numpy as np

from salience.events import (
    Action,
    AnyEvent,
    Cart,
    Exposure,
    Impression,
    Outcome,
    Purchase,
    Rating,
    View,
)
from salience.optimise.experiments.book import Met, Run
from salience.optimise.experiments.measured import ANYTHING, Measured, Need, columns
from salience.optimise.experiments.switchback import HOUR_MS, arm_of, burning_in, period_of

FOR_EVER = np.iinfo(np.int64).max // 4
BY_THEMSELVES = frozenset(
    {"view", "click", "cart", "purchase", "rating", "search", "share", "follow", "message", "page", "action"}
)
"""Kinds of event that show that a person came."""

Who = Callable[[str], str]
"""Any id of a person -> the one name of the person."""


def worth(event: AnyEvent) -> float:
    """What one event is worth: money, a value, a share of a scale, or seconds; else 1."""
    match event:
        case Purchase() | Cart():
            return event.price * event.quantity
        case Outcome():
            return event.value
        case Rating():
            return event.share
        case View():
            return event.dwell_ms / 1000
        case Impression() | Exposure():
            return event.visible_ms / 1000
        case _:
            return 1.0


def names_of(event: AnyEvent) -> tuple[str, ...]:
    """What a metric may call this event: its kind, an action's name, an outcome's metric; ANYTHING if a person came."""
    names = [event.kind]
    if isinstance(event, Action):
        names.append(event.name)
    elif isinstance(event, Outcome):
        names.append(event.metric)
    if event.kind in BY_THEMSELVES:
        names.append(ANYTHING)
    return tuple(dict.fromkeys(names))


def measure(events: Iterable[AnyEvent], run: Run, who: Who, now: int) -> Measured:
    """One run, from all events of the log in their order."""
    units = _periods(run, now) if run.design.unit == "time" else _units(run, who)
    rows = _Rows(run, who, units.codes, columns(run.design))
    for event in events:
        rows.add(event)
    return Measured(
        arms=run.design.names,
        arm=np.array(units.arm, np.int64),
        exposed=np.array(units.exposed, np.int64),
        received=np.array(units.received, np.int64),
        until=np.array(units.until, np.int64),
        columns=rows.needs,
        unit=np.array(rows.unit, np.int64),
        column=np.array(rows.column, np.int64),
        time=np.array(rows.time, np.int64),
        known=np.array(rows.known, np.int64),
        worth=np.array(rows.worth, np.float64),
        segments=units.segments,
        crossed=units.crossed,
        machines=units.machines,
    )


class _Units:
    """The units of a run, in the order of their first exposure."""

    def __init__(self, segments: Iterable[str] = ()) -> None:
        self.codes: dict[str, int] = {}
        self.arm, self.exposed = array("q"), array("q")
        self.received, self.until = array("q"), array("q")
        self.segments: Mapping[str, list[str]] = {name: [] for name in segments}
        self.crossed = self.machines = 0

    def add(self, unit: str, arm: int, exposed: int, received: int, until: int = FOR_EVER) -> None:
        self.codes[unit] = len(self.codes)
        self.arm.append(arm)
        self.exposed.append(exposed)
        self.received.append(received)
        self.until.append(until)


def _units(run: Run, who: Who) -> _Units:
    names = run.design.names
    met: dict[str, list[Met]] = {}
    for unit, found in run.met.items():
        met.setdefault(who(unit) if run.design.unit == "user" else unit, []).extend(found)
    units = _Units(run.design.segments)
    for unit, found in sorted(met.items(), key=lambda pair: min(one.order for one in pair[1])):
        first = min(found, key=lambda one: one.order)
        if any(one.context.get("bot") is True for one in found):
            units.machines += 1
        elif len({one.arm for one in found}) > 1:
            units.crossed += 1
        else:
            units.add(unit, names.index(first.arm), first.time, first.received)
            for name, column in units.segments.items():
                column.append(str(first.context.get(name, "")))
    return units


def _periods(run: Run, now: int) -> _Units:
    """A unit a period that is over, its burn-in cut off."""
    design, units = run.design, _Units()
    length, burn_in = int(design.period_hours * HOUR_MS), int(design.burn_in_hours * HOUR_MS)
    for period in range(period_of(min(now, run.stopped or now), run.started, design.period_hours)):
        begins = run.started + period * length
        arm = design.names.index(arm_of(period, run.salt, design.names))
        units.add(f"period:{period}", arm, begins + burn_in, begins + length, begins + length)
    return units


class _Rows:
    """The rows of what the units did."""

    def __init__(self, run: Run, who: Who, codes: Mapping[str, int], needs: tuple[Need, ...]) -> None:
        self.run, self.who, self.codes, self.needs = run, who, codes, needs
        self.unit, self.column = array("q"), array("q")
        self.time, self.known, self.worth = array("q"), array("q"), array("d")
        self._feeds: dict[str, list[int]] = {}
        for at, need in enumerate(needs):
            self._feeds.setdefault(need.event, []).append(at)
        self._known: dict[str, int] = {}
        self._by_kind: dict[str, list[int]] = {}

    def add(self, event: AnyEvent) -> None:
        named = isinstance(event, Action | Outcome)
        fed = None if named else self._by_kind.get(event.kind)
        if fed is None:
            fed = [at for name in names_of(event) for at in self._feeds.get(name, ())]
            if not named:
                self._by_kind[event.kind] = fed
        if not fed or event.context.get("bot") is True:
            return
        unit = self._unit(event)
        if unit < 0:
            return
        for at in fed:
            self.unit.append(unit)
            self.column.append(at)
            self.time.append(event.time)
            self.known.append(event.received)
            self.worth.append(worth(event) if self.needs[at].value == "value" else 1.0)

    def _unit(self, event: AnyEvent) -> int:
        design, run = self.run.design, self.run
        if design.unit == "session":
            return self.codes.get(event.session, -1)
        if design.unit == "time":
            if event.time < run.started or burning_in(
                event.time, run.started, design.period_hours, design.burn_in_hours
            ):
                return -1
            return self.codes.get(f"period:{period_of(event.time, run.started, design.period_hours)}", -1)
        subject = event.subject
        found = self._known.get(subject)
        if found is None:
            name = self.who(subject) if design.unit == "user" else run.cluster_of.get(subject, "")
            found = self._known[subject] = self.codes.get(name, -1)
        return found
