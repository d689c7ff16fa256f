"""A run judged: every metric in every treated arm, the shares of the arms, and one verdict in words."""

from __future__ import annotations

from collections import Counter

import numpy as np
from msgspec import Struct, structs

from salience.events.experiment import Design, Metric
from salience.optimise.experiments import lift as lifts
from salience.optimise.experiments.anytime import ever, evidence
from salience.optimise.experiments.book import Run
from salience.optimise.experiments.guardrails import guarded
from salience.optimise.experiments.looks import Look, Series, believed, series, times
from salience.optimise.experiments.maturing import Maturing, maturing
from salience.optimise.experiments.measured import DAY_MS, Measured
from salience.optimise.experiments.multiplicity import benjamini_hochberg
from salience.optimise.experiments.pair import Pair
from salience.optimise.experiments.ratio_test import RatioTest, ratio_test
from salience.optimise.experiments.sums import Floats
from salience.optimise.experiments.values import by_day, values
from salience.optimise.experiments.verdicts import Verdict, verdict

MOST_VALUES = 20
"""Values of a segment's attribute that are looked into, the most frequent ones."""
DAYS = 28
"""Days since exposure that are shown."""


class MetricResult(Struct, frozen=True):
    """One metric in one treated arm, against the control, at the look that counts.

    ``low`` to ``high`` (of the difference) and ``lift_low`` to ``lift_high`` hold at all looks together, also where the
    run was stopped because of what was seen; None: no bound. ``believed``: the difference to expect, corrected for an
    early stop. ``p``: valid at this look; ``adjusted``: Benjamini-Hochberg over the secondary metrics. ``uncapped``:
    the difference without the cap. ``guarded``: of a guardrail.
    """

    metric: str
    role: str
    arm: str
    units: int
    control: float
    treated: float
    difference: float
    low: float | None
    high: float | None
    believed: float | None
    lift: float | None
    lift_low: float | None
    lift_high: float | None
    p: float | None
    adjusted: float | None = None
    guarded: str = ""
    cap: float | None = None
    uncapped: float | None = None
    looks: tuple[Look, ...] = ()
    decided: int | None = None


class Judged(Struct, frozen=True):
    """``fraction``: units that count, of those planned. ``shares``: whether the arms are as large as they should be."""

    verdict: Verdict
    units: dict[str, int]
    counted: int
    planned: int
    fraction: float
    days: float
    shares: RatioTest | None
    results: tuple[MetricResult, ...]
    maturing: tuple[tuple[str, Maturing], ...]
    crossed: int
    machines: int
    notes: tuple[str, ...]


def judged(run: Run, measured: Measured, now: int) -> Judged:
    """What a run says at ``now``, or said when it was stopped."""
    design, end = run.design, min(now, run.stopped or now)
    at = times(run.started, end)
    arms = range(1, len(design.arms))
    alpha = design.alpha / (len(arms) * len(design.primary))
    found = {
        (metric.name, arm): series(
            measured, metric, arm, at, planned=design.units, method=design.method, alpha=alpha
        )
        for metric in design.primary
        for arm in arms
    }  # fmt: skip
    shares = None if design.unit == "time" or not len(measured) else _shares(run, measured)
    results = [
        _result(design, measured, metric, arm, found, alpha)
        for metric in design.metrics
        for arm in arms
    ]  # fmt: skip
    told = _adjusted([one for one in results if one is not None])
    counted = max((s.looks[-1].units for s in found.values() if s.looks), default=0)
    tally = Counter(measured.arm.tolist())
    days = (end - run.started) / DAY_MS
    return Judged(
        verdict=verdict(design, told, shares, counted, days, len(at)),
        units={name: tally[at] for at, name in enumerate(design.names)},
        counted=counted,
        planned=design.units,
        fraction=counted / design.units,
        days=days,
        shares=shares,
        results=tuple(told),
        maturing=tuple((design.names[arm], _maturing(measured, design, arm, end)) for arm in arms),
        crossed=measured.crossed,
        machines=measured.machines,
        notes=_notes(design, measured),
    )


def _result(
    design: Design,
    run: Measured,
    metric: Metric,
    arm: int,
    found: dict[tuple[str, int], Series],
    alpha: float,
) -> MetricResult | None:
    """At the look at which the first primary metric of the arm was decided; before, at the last."""
    own = found.get((metric.name, arm)) or found[design.primary[0].name, arm]
    if not own.looks:
        return None
    look, primary = own.looks[own.counts], (metric.name, arm) in found
    seen = values(run, metric, look.time, len(run) if design.method == "anytime" else design.units)
    pair = seen.pair(run, arm)
    if pair is None:
        return None
    reach = np.inf if look.reach is None else look.reach
    known = bool(np.isfinite(reach))
    low, high = lifts.fieller(pair, reach=reach)
    difference, se = float(pair.difference), float(pair.se)
    lift_low, lift_high = _finite(float(low)), _finite(float(high))
    state = ""
    if metric.role == "guardrail":
        state = guarded(float(low), float(high), metric.margin, larger_is_better=metric.better == "more")
    capped = bool(np.isfinite(seen.cap))
    plain = seen.pair(run, arm, uncapped=True) if capped else None
    return MetricResult(
        metric=metric.name,
        role="primary" if primary else metric.role if metric.role != "primary" else "secondary",
        arm=design.names[arm],
        units=int(seen.rows.sum()),
        control=float(pair.control),
        treated=float(pair.treated),
        difference=difference,
        low=difference - reach * se if known else None,
        high=difference + reach * se if known else None,
        believed=believed(own, design.method, alpha) if primary and own.decided >= 0 else None,
        lift=_finite(float(lifts.lift(pair))),
        lift_low=lift_low,
        lift_high=lift_high,
        p=_p_value(pair, design, look.fraction) if known else None,
        guarded=state,
        cap=float(seen.cap) if capped else None,
        uncapped=float(plain.difference) if plain is not None else None,
        looks=own.looks if primary else (),
        decided=own.decided if primary and own.decided >= 0 else None,
    )


def _p_value(pair: Pair, design: Design, fraction: float) -> float:
    """Valid under the method: at the one look, for ever (1 / M), or under looking all the time (max of |B|)."""
    if design.method == "fixed":
        return float(pair.p_value())
    z = abs(float(pair.z))
    if design.method == "anytime":
        return min(1.0, float(np.exp(-evidence(np.array(z), np.array(fraction), design.alpha))))
    return ever(z * min(fraction, 1.0) ** 0.5)


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _adjusted(results: list[MetricResult]) -> list[MetricResult]:
    """Secondary metrics get their share of false findings controlled; primary ones had their alpha divided before."""
    places = [at for at, one in enumerate(results) if one.role == "secondary" and one.p is not None]
    if not places:
        return results
    raised = benjamini_hochberg(np.array([results[at].p for at in places], np.float64))
    out = list(results)
    for at, p in zip(places, raised.tolist(), strict=True):
        out[at] = structs.replace(out[at], adjusted=p)
    return out


def _shares(run: Run, measured: Measured) -> RatioTest:
    """Units by arm for each day and allocation, whole and by segment, against the shares of that time."""
    starts = np.array([one.since for one in run.allocations])
    allocation = np.maximum(np.searchsorted(starts, measured.exposed, side="right") - 1, 0)
    day = (measured.exposed - run.started) // DAY_MS
    keys, period = np.unique(np.stack([day, allocation]), axis=1, return_inverse=True)
    period = period.ravel()
    names = run.design.names
    shares = np.array([[run.allocations[at].shares.get(name, 0.0) for name in names] for at in keys[1]])

    def tally(rows: np.ndarray) -> Floats:
        place = period[rows] * len(names) + measured.arm[rows]
        return np.bincount(place, minlength=len(shares) * len(names)).reshape(len(shares), -1).astype(np.float64)

    segments = {}
    for name, column in measured.segments.items():
        given = np.array(column)
        for value, _ in Counter(column).most_common(MOST_VALUES):
            segments[f"{name}={value or '(not given)'}"] = tally(given == value)
    return ratio_test(names, tally(np.ones(len(measured), np.bool_)), shares, segments)


def _maturing(measured: Measured, design: Design, arm: int, end: int) -> Maturing:
    rows = by_day(measured, design.primary[0], end, DAYS)
    return maturing(rows[measured.arm == 0], rows[measured.arm == arm])


def _notes(design: Design, measured: Measured) -> tuple[str, ...]:
    """What a reader should know before believing a number."""
    notes = [f"decided by {', '.join(metric.name for metric in design.primary)}; all other metrics only describe"]
    everybody = len(measured) + measured.crossed
    if measured.crossed:
        share = measured.crossed / everybody
        careful = ": more than 1 %, look for people whose ids join late" if share > 0.01 else ""
        notes.append(f"{measured.crossed:,} units ({share:.1%}) met two arms and are left out{careful}")
    if measured.machines:
        notes.append(f"{measured.machines:,} machines are left out")
    for metric in design.metrics:
        if metric.cap is not None:
            notes.append(
                f"{metric.name}: values above the {metric.cap:.1%} quantile of those above 0, of all arms together, "
                "are set to it"
            )
        if not metric.days and metric.sort != "retention" and design.unit != "time":
            notes.append(f"{metric.name}: counted up to now, so early units had more time than late ones")
    if sum(metric.role == "guardrail" for metric in design.metrics):
        notes.append("all guardrails have to hold, each at its own level; no correction is needed for that")
    return tuple(notes)
