"""One run as arrays: who was exposed to which arm when, and what they did. Made from the log by `feedback.measure`.

What a metric needs is a list of columns; each event of the log that feeds a column is one row here, with its unit, its
own time and the time it was received. So the state of the run as it stood at any moment can be computed again, however
often and whenever somebody looked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from salience.events.experiment import Design, Metric
from salience.optimise.experiments.sums import Floats

DAY_MS = 86_400_000
ANYTHING = ""
"""The column of everything that a person does by themselves: what retention looks at."""

Times = NDArray[np.int64]


class Need(NamedTuple):
    """A column: events of a kind or of an action's name, counted or worth something."""

    event: str
    value: str = "count"


def needs(metric: Metric) -> tuple[Need, ...]:
    """The columns of a metric; a ratio's second one stands below the line, a funnel's stand in order."""
    match metric.sort:
        case "funnel":
            return tuple(Need(step) for step in metric.steps)
        case "ratio":
            return Need(metric.event, metric.value), Need(metric.per)
        case "proportion" | "retention":
            return (Need(metric.event),)
        case _:
            return (Need(metric.event, metric.value),)


def columns(design: Design) -> tuple[Need, ...]:
    """All columns of a design, each once."""
    return tuple(dict.fromkeys(need for metric in design.metrics for need in needs(metric)))


@dataclass(frozen=True)
class Measured:
    """Units in the order of their first exposure, and the rows of what they did.

    ``arm``: (n,) index; ``exposed``: (n,) ms; ``received``: (n,) when the exposure reached the log; ``until``: (n,)
    when the unit's time ends at the latest. ``unit``, ``column``, ``time``, ``known``, ``worth``: (m,) of the rows,
    ``known`` being when they were received. ``segments``: attribute -> (n,) values. ``crossed`` and ``machines``: units
    that met two arms, and machines; neither is among the units.
    """

    arms: tuple[str, ...]
    arm: NDArray[np.int64]
    exposed: Times
    received: Times
    until: Times
    columns: tuple[Need, ...]
    unit: NDArray[np.int64]
    column: NDArray[np.int64]
    time: Times
    known: Times
    worth: Floats
    segments: Mapping[str, Sequence[str]]
    crossed: int = 0
    machines: int = 0

    def __len__(self) -> int:
        return len(self.arm)
