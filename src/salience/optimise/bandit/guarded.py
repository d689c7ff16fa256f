"""Is the new side of a trial surely worse, surely no worse, or is it too early to say? Looked at as often as one likes.

Per metric, the difference of what the two sides earn a decision, d = sum y_1 / sum n_1 - sum y_0 / sum n_0 over units
(a unit's decisions are no independent ones). With e = y - n r and r the ratio of both sides together (the score test:
under "no difference" both sides have one variance, and a small side has it from the large one),

    se^2 = var(e) (1 / (m_1^2 u_1) + 1 / (m_0^2 u_0)),    m = decisions a unit, u = units

and the interval is d +- reach * se with the reach of the open-ended confidence sequence (`experiments.anytime`), alpha
divided by the number of metrics: any of several may send the side back. The sequence is an asymptotic one. So nothing
is said before ``LEAST`` units of the smaller side, nor before ``SKEW`` s^2 of them, s the skewness of e: rare rewards
need more (the form of Boos and Hughes-Oliver's rule, 2000).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from msgspec import Struct

from salience.events.loops import Canary
from salience.optimise.bandit.trial import Counts, Floats
from salience.optimise.experiments.anytime import reach
from salience.optimise.experiments.guardrails import Guarded

LEAST = 100
SKEW = 10.0


class Compared(Struct, frozen=True):
    """One metric. ``stable``, ``canary``: earned a decision; ``change`` with its interval; ``margin``: as promised."""

    metric: str
    stable: float
    canary: float
    change: float
    low: float
    high: float
    margin: float
    verdict: Guarded

    def said(self) -> str:
        """In words."""
        ends = f"{self.change:+.4f} a decision ({self.low:+.4f} to {self.high:+.4f})"
        match self.verdict:
            case "broken":
                return f"{self.metric} changed by {ends}: surely worse than the margin of {self.margin:g}"
            case "holds":
                return f"{self.metric} changed by {ends}: surely no worse than the margin of {self.margin:g}"
            case _:
                return f"{self.metric}: not enough data for the margin of {self.margin:g}"


class SideCount(Struct, frozen=True):
    """How much of one side is counted."""

    units: int
    decisions: int


class CanaryReport(Struct, frozen=True):
    """A trial as it stands. ``broken``: some metric is surely worse than its margin."""

    stable: SideCount
    canary: SideCount
    metrics: tuple[Compared, ...]

    @property
    def broken(self) -> tuple[Compared, ...]:
        """The metrics that are surely worse, the worst first."""
        return tuple(sorted((one for one in self.metrics if one.verdict == "broken"), key=lambda one: one.change))

    @property
    def holds(self) -> bool:
        """Whether every metric is surely no worse than its margin."""
        return all(one.verdict == "holds" for one in self.metrics)


def compared(canary: Canary, counts: Counts, signs: Mapping[str, float]) -> CanaryReport:
    """``signs``: metric -> -1 where less of it is better."""
    new, count = counts.new, counts.decisions
    old_side, new_side = (SideCount(int(part.sum()), int(count[part].sum())) for part in (~new, new))
    alpha = canary.alpha / max(len(canary.margins), 1)
    far = float(reach(np.array(max(len(new), 1) / canary.units), alpha))
    metrics = [_metric(name, margin, counts, signs.get(name, 1.0), far) for name, margin in canary.margins.items()]
    return CanaryReport(old_side, new_side, tuple(metrics))


def _metric(metric: str, margin: float, counts: Counts, sign: float, far: float) -> Compared:
    new, count, earned = counts.new, counts.decisions, counts.earned[metric]
    few = min(int(new.sum()), int((~new).sum()))
    if not few:
        return Compared(metric, 0.0, 0.0, 0.0, -1.0, 1.0, margin, "not enough data")
    old_rate, new_rate = (float(earned[part].sum() / count[part].sum()) for part in (~new, new))
    change = sign * (new_rate - old_rate)
    rest = earned - count * (earned.sum() / count.sum())
    spread = float((rest**2).mean())
    deviation = float(np.sqrt(spread * sum(1 / (count[part].mean() ** 2 * part.sum()) for part in (~new, new))))
    low, high = change - far * deviation, change + far * deviation
    if not spread or few < max(LEAST, SKEW * _skewness(rest) ** 2):
        verdict: Guarded = "not enough data"
    elif high < -margin:
        verdict = "broken"
    else:
        verdict = "holds" if low > -margin else "not enough data"
    return Compared(metric, old_rate, new_rate, change, low, high, margin, verdict)


def _skewness(rest: Floats) -> float:
    return float((rest**3).mean() / (rest**2).mean() ** 1.5)
