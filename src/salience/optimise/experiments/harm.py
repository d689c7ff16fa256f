"""Harm noticed while a run is on: a guardrail has surely lost more than its margin. Looked at as often as one likes.

The interval of the lift is Fieller's at the open-ended confidence sequence's reach (`anytime.reach`), which holds at
all looks together. There is an alarm if any guardrail in any treated arm is broken, so alpha is divided by their number
(Bonferroni, which is Holm's first step): without any harm beyond the margins, a run is ever returned with probability
alpha at most. The sequence is an asymptotic one, so nothing is called before ``LEAST`` units of either arm count.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from salience.events.experiment import Design
from salience.optimise.experiments import lift as lifts
from salience.optimise.experiments.anytime import reach
from salience.optimise.experiments.guardrails import guarded
from salience.optimise.experiments.measured import Measured
from salience.optimise.experiments.values import values

LEAST = 100


class Alarm(Struct, frozen=True):
    """A broken guardrail. ``lift`` with its interval, relative to the control; ``units`` of both arms."""

    metric: str
    arm: str
    lift: float
    low: float
    high: float
    margin: float
    units: int

    def said(self) -> str:
        """In words."""
        return (
            f"{self.metric} of {self.arm} changed by {self.lift:+.1%} ({self.low:+.1%} to {self.high:+.1%}, "
            f"{self.units:,} units): surely worse than the margin of {self.margin:.1%}"
        )


def harm(design: Design, measured: Measured, now: int) -> tuple[Alarm, ...]:
    """The guardrails that are broken at ``now``, the worst first; periods of a switchback are too few to be watched."""
    metrics = [metric for metric in design.metrics if metric.role == "guardrail"]
    arms = range(1, len(design.arms))
    if not metrics or design.unit == "time" or not len(measured):
        return ()
    alpha = design.alpha / (len(metrics) * len(arms))
    found = []
    for metric in metrics:
        seen = values(measured, metric, now, len(measured))
        far = float(reach(np.array(max(seen.rows.sum(), 1) / design.units), alpha))
        for arm in arms:
            least = min(int((seen.rows & (measured.arm == one)).sum()) for one in (0, arm))
            pair = seen.pair(measured, arm) if least >= LEAST else None
            if pair is None:
                continue
            low, high = (float(end) for end in lifts.fieller(pair, reach=far))
            if guarded(low, high, metric.margin, larger_is_better=metric.better == "more") == "broken":
                units = int((seen.rows & np.isin(measured.arm, (0, arm))).sum())
                moved = float(lifts.lift(pair))
                found.append(Alarm(metric.name, design.names[arm], moved, low, high, metric.margin, units))
    return tuple(sorted(found, key=lambda one: -abs(one.lift)))
