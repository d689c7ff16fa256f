"""A finished experiment out of a table, a row a unit: judged once, all outcomes and arms against the control.

Every pair of outcome and arm gets Welch's test (after CUPED where a column of the time before is given), Fieller's
interval of the relative change, and Holm's correction for their number; the arms' sizes are checked first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct

from salience.events.fault import InvalidInput
from salience.optimise.experiments.buckets import checked_shares
from salience.optimise.experiments.cuped import adjusted, filled
from salience.optimise.experiments.lift import fieller, lift
from salience.optimise.experiments.multiplicity import holm
from salience.optimise.experiments.pair import Pair, means, ratios
from salience.optimise.experiments.ratio_test import RatioTest, ratio_test
from salience.optimise.experiments.sums import Floats, Sums

FEW = 20
"""Units below which an arm is not judged."""


class Compared(Struct, frozen=True):
    """One outcome in one arm, against the control; limits are None where there is no bound."""

    outcome: str
    arm: str
    units: int
    control: float
    treated: float
    difference: float
    low: float
    high: float
    lift: float | None
    lift_low: float | None
    lift_high: float | None
    p: float
    adjusted: float
    verdict: str


class Once(Struct, frozen=True):
    """``verdict`` of the whole in words; ``shares``: whether the arms are as large as they should be."""

    verdict: str
    control: str
    units: dict[str, int]
    shares: RatioTest
    compared: tuple[Compared, ...]


def once(
    arm: Sequence[str],
    outcomes: Mapping[str, Floats],
    *,
    control: str,
    before: Floats | None = None,
    per: Floats | None = None,
    shares: Mapping[str, float] | None = None,
    alpha: float = 0.05,
) -> Once:
    """``before``: the same units' past (NaN where there is none); ``per``: what stands below the line of a ratio.

    ``shares``: those that were meant, equal ones if none are given.
    """
    names = [control, *sorted(set(arm) - {control})]
    rows = np.array([names.index(one) for one in arm])
    counts = np.bincount(rows, minlength=len(names)).astype(np.float64)
    if len(names) < 2 or control not in arm:
        raise InvalidInput("control", control, "is not one of several arms", f"they are {', '.join(sorted(set(arm)))}")
    if before is not None and per is not None:
        raise InvalidInput("before", "", "cannot adjust a ratio", "give either --before or --per")
    meant = checked_shares(dict(shares or dict.fromkeys(names, 1 / len(names))), names)
    sizes = ratio_test(names, counts[None], np.array([[meant[name] for name in names]]))
    found: list[tuple[str, str, int, Pair]] = []
    for outcome, values in outcomes.items():
        beside = [filled(before)] if before is not None else [per] if per is not None else []
        table = np.stack([values, *beside], axis=1)
        found += [
            (outcome, names[at], int(counts[at]), _pair(table[rows == 0], table[rows == at], per, before))
            for at in range(1, len(names))
            if min(counts[0], counts[at]) >= FEW
        ]
    raised = holm(np.array([float(pair.p_value()) for *_, pair in found])) if found else np.zeros(0)
    compared = tuple(_compared(*one, float(p), alpha) for one, p in zip(found, raised, strict=True))
    return Once(
        _verdict(sizes, compared), control, {n: int(c) for n, c in zip(names, counts, strict=True)}, sizes, compared
    )


def _pair(control: Floats, treated: Floats, per: Floats | None, before: Floats | None) -> Pair:
    a, b = Sums.of(control), Sums.of(treated)
    if per is not None:
        return ratios(a, b, 0, 1)
    return adjusted(a, b, 0, 1) if before is not None else means(a, b)


def _compared(outcome: str, arm: str, units: int, pair: Pair, adjusted_p: float, alpha: float) -> Compared:
    low, high = pair.interval(alpha)
    lift_low, lift_high = fieller(pair, alpha)
    found = "higher" if float(pair.difference) > 0 else "lower"
    return Compared(
        outcome=outcome,
        arm=arm,
        units=units,
        control=float(pair.control),
        treated=float(pair.treated),
        difference=float(pair.difference),
        low=float(low),
        high=float(high),
        lift=_finite(float(lift(pair))),
        lift_low=_finite(float(lift_low)),
        lift_high=_finite(float(lift_high)),
        p=float(pair.p_value()),
        adjusted=adjusted_p,
        verdict=f"{found} than in the control" if adjusted_p < alpha else "no difference shown",
    )


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _verdict(sizes: RatioTest, compared: tuple[Compared, ...]) -> str:
    if not sizes.ok:
        worst = sizes.whole
        return f"do not trust it: {worst.arm} has {worst.found:.2%} of the units where {worst.expected:.2%} were meant"
    if not compared:
        return f"not enough data: fewer than {FEW} units in an arm"
    sure = [one for one in compared if one.verdict != "no difference shown"]
    return "; ".join(f"{one.outcome} of {one.arm} is {one.verdict}" for one in sure) or "no difference shown"
