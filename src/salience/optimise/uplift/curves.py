"""Qini and AUUC, by formulas that are named because there are many, with bootstrap intervals.

Rows are ordered by score, largest first; rows of one score enter together, so ties cannot flatter. After n rows, of
which N1 are treated with sum of outcomes Y1 and N0 control with Y0:

Qini curve     Q(n) = Y1 - Y0 N1 / N0                 (Radcliffe 2007)
uplift curve   U(n) = (Y1 / N1 - Y0 / N0) (N1 + N0)   (Devriendt et al. 2020, arXiv 2002.05897)
qini, auuc     (area under the curve - area under its diagonal) / (the same of the best order of these rows)

as scikit-uplift's `qini_auc_score` and `uplift_auc_score` have it (negative effects counted); 0 is a random order. The
best order exists for outcomes of 0 and 1. For others the divisor is rows^2 (in outcome units): named `per row`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from salience.optimise.uplift.trial import Floats, Trial

FORMULA = "qini: (area - diagonal) / (best - diagonal), Q(n) = Y1 - Y0 N1 / N0, ties together, as scikit-uplift 0.5.1"
FORMULA_OTHER = "qini: (area - diagonal) / rows^2, Q(n) = Y1 - Y0 N1 / N0, ties together (outcome is not 0/1)"
RESAMPLES = 200
TOP = 0.3


class Span(Struct, frozen=True):
    """A value and its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Curve:
    """A score's order of the rows, ready to be weighed again and again."""

    order: NDArray[np.int64]
    ends: NDArray[np.int64]
    treated: Floats
    outcome: Floats
    binary: bool

    @classmethod
    def of(cls, score: Floats, trial: Trial) -> Curve:
        """``score``: (rows,) larger is treated first."""
        score = np.asarray(score, np.float64)
        order = np.argsort(score, kind="mergesort")[::-1]
        ends = np.r_[np.flatnonzero(np.diff(score[order])), len(score) - 1].astype(np.int64)
        return cls(order, ends, trial.treated[order].astype(np.float64), trial.outcome[order], trial.binary)

    def sums(self, weight: Floats | None) -> tuple[Floats, Floats, Floats, Floats]:
        """N1, N0, Y1, Y0 at every distinct score; ``weight`` (rows,) in the order of the trial."""
        w = np.ones(len(self.order)) if weight is None else weight[self.order]
        on, off = w * self.treated, w * (1 - self.treated)
        n1, n0, y1, y0 = (np.cumsum(v)[self.ends] for v in (on, off, on * self.outcome, off * self.outcome))
        return n1, n0, y1, y0

    def qini(self, weight: Floats | None = None) -> float:
        """The Qini coefficient."""
        n1, n0, y1, y0 = self.sums(weight)
        area = _area(n1 + n0, y1 - y0 * _over(n1, n0))
        if not self.binary:
            return area / float(n1[-1] + n0[-1]) ** 2
        total1, total0 = n1[-1], n0[-1]
        # the best order: treated who respond, then rows that show nothing, then control who respond
        first, last = y1[-1], y0[-1]
        m1, m0 = np.array([first, total1, total1]), np.array([0.0, total0 - last, total0])
        best = _area(m1 + m0, np.array([first, first, first - last * float(_over(total1, total0))]))
        return area / best if best > 0 else 0.0

    def auuc(self, weight: Floats | None = None) -> float:
        """The area under the uplift curve, normalised alike."""
        n1, n0, y1, y0 = self.sums(weight)
        area = _area(n1 + n0, (_over(y1, n1) - _over(y0, n0)) * (n1 + n0))
        if not self.binary:
            return area / float(n1[-1] + n0[-1]) ** 2
        a, b = n1[-1], n0[-1]
        good1, good0 = y1[-1], y0[-1]
        bad1, bad0 = a - good1, b - good0
        # scikit-uplift's best order: 2 (y == t) + (y or t), whichever of control responders and treated others is more
        if good0 > bad1:
            steps1, steps0 = [good1, 0.0, 0.0, bad1], [0.0, bad0, good0, 0.0]
        else:
            steps1, steps0 = [good1, 0.0, bad1, 0.0], [0.0, bad0, 0.0, good0]
        m1, m0 = np.cumsum(steps1), np.cumsum(steps0)
        s1, s0 = np.full(4, good1), np.cumsum([0.0, 0.0, *([good0, 0.0] if good0 > bad1 else [0.0, good0])])
        best = _area(m1 + m0, (_over(s1, m1) - _over(s0, m0)) * (m1 + m0))
        return area / best if best > 0 else 0.0

    def top(self, share: float = TOP, weight: Floats | None = None) -> float:
        """Treated less control mean of the outcome among the first ``share`` of the rows."""
        w = np.ones(len(self.order)) if weight is None else weight[self.order]
        w = np.where(np.cumsum(w) <= int(w.sum() * share), w, 0.0)
        on, off = w * self.treated, w * (1 - self.treated)
        return float(_over(on @ self.outcome, on.sum()) - _over(off @ self.outcome, off.sum()))


def resamples(rows: int, seed: int, times: int = RESAMPLES) -> list[Floats]:
    """Poisson(1) weights: the bootstrap of independent rows (Hanley, MacGibbon 2006), shared by all compared."""
    rng = np.random.default_rng(seed)
    return [rng.poisson(1.0, rows).astype(np.float64) for _ in range(times)]


def span(value: float, drawn: list[float]) -> Span:
    """``value`` with the normal interval of its bootstrap spread."""
    spread = 1.959964 * float(np.std(drawn, ddof=1)) if len(drawn) > 1 else 0.0
    return Span(value, value - spread, value + spread)


def _over(a: Floats | float, b: Floats | float) -> Floats:
    """a / b, and 0 where b is 0."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    return np.divide(a, b, out=np.zeros(np.broadcast(a, b).shape), where=b != 0)


def _area(x: Floats, y: Floats) -> float:
    """Between the line through 0 and these points, and the straight one from 0 to the last."""
    x, y = np.r_[0.0, x], np.r_[0.0, y]
    return float(np.trapezoid(y, x) - x[-1] * y[-1] / 2)
