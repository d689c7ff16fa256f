"""From the log to one run's arrays: the exposures of each unit, and the events that its metrics count.

Ids that are one person are one unit: the first arm that any of them met is theirs. A unit that met two arms is counted
and left out, in all arms alike; so are machines. Nothing is guessed.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from salience.feedback.counted import Counted
from salience.optimise.experiments.book import Met, Run
from salience.optimise.experiments.measured import Measured
from salience.optimise.experiments.switchback import HOUR_MS, arm_of, period_of

FOR_EVER = np.iinfo(np.int64).max // 4
Who = Callable[[str], str]
"""Any id of a person -> the one name of the person."""


def measure(counted: Counted, run: Run, who: Who, now: int) -> Measured:
    """One run, from what was counted of the log so far."""
    design = run.design
    units = _periods(run, now) if design.unit == "time" else _units(run, who)
    time = np.array(counted.time, np.int64)
    unit = _by_time(run, time, len(units.codes)) if design.unit == "time" else _by_name(counted, run, who, units.codes)
    ours = np.flatnonzero(unit >= 0)
    column, known = (np.array(one, np.int64)[ours] for one in (counted.column, counted.known))
    return Measured(
        arms=design.names,
        arm=np.array(units.arm, np.int64),
        exposed=np.array(units.exposed, np.int64),
        received=np.array(units.received, np.int64),
        until=np.array(units.until, np.int64),
        columns=counted.needs,
        unit=unit[ours],
        column=column,
        time=time[ours],
        known=known,
        worth=np.array(counted.worth, np.float64)[ours],
        segments=units.segments,
        crossed=units.crossed,
        machines=units.machines,
    )


def _by_name(counted: Counted, run: Run, who: Who, codes: Mapping[str, int]) -> NDArray[np.int64]:
    """(m,) the unit of each row, -1 for nobody's."""
    if run.design.unit == "user":
        of = [codes.get(who(name), -1) for name in counted.keys]
    elif run.design.unit == "cluster":
        of = [codes.get(run.cluster_of.get(name, ""), -1) for name in counted.keys]
    else:
        of = [codes.get(name, -1) for name in counted.keys]
    return np.array(of, np.int64)[np.array(counted.key, np.int64)] if of else np.zeros(0, np.int64)


def _by_time(run: Run, time: NDArray[np.int64], periods: int) -> NDArray[np.int64]:
    """(m,) the period of each row, -1 outside those that are over and in a burn-in."""
    hours, since = run.design.period_hours * HOUR_MS, time - run.started
    period = (since // hours).astype(np.int64)
    out = (since < 0) | (period >= periods) | (since % hours < run.design.burn_in_hours * HOUR_MS)
    return np.where(out, -1, period)


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
