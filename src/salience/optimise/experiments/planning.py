"""How many units, and how long: asked before, because afterwards every answer is an excuse.

n an arm = (1 + 1/k) (z_{1-a/2} + z_power)^2 sd^2 / (mean mde)^2, for k times as many treated as control units, alpha
over the number of comparisons with the control. A group-sequential plan needs a little more in the worst case and less
on average; an anytime-valid one needs more. Time is rounded up to whole weeks: a Tuesday is not a Saturday.
"""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

import numpy as np
from msgspec import Struct
from scipy.optimize import brentq
from scipy.special import ndtri

from salience.events.fault import InvalidInput
from salience.optimise.experiments import anytime, spending

Method: TypeAlias = Literal["fixed", "sequential", "declared", "anytime"]
"""Judged once at the end; daily by alpha spending; at any time up to a maximum; at any time, for ever."""
LOOKS = 28


class Plan(Struct, frozen=True):
    """``units``: the most that may be needed, of all arms; ``likely``: the mean number if the effect is as planned."""

    units: int
    units_an_arm: int
    likely: int
    days: int
    weeks: int
    method: Method
    inflation: float


def plan(
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
    """For a metric with this mean and standard deviation a unit, and the smallest relative ``lift`` worth finding.

    ``rho``: the correlation with the same metric before the experiment, where CUPED will use it.

    >>> plan(mean=0.1, sd=0.3, lift=0.1, units_a_day=2000, method="fixed").units_an_arm
    14128
    """
    for name, value, right in (("mean", mean, mean != 0), ("sd", sd, sd > 0), ("lift", lift, lift != 0),
                               ("units_a_day", units_a_day, units_a_day > 0), ("arms", arms, arms >= 2),
                               ("rho", rho, -1 < rho < 1), ("power", power, 0 < power < 1)):  # fmt: skip
        if not right:
            raise InvalidInput(name, value, "cannot be planned with", "`salience experiments plan --help`")
    alpha = alpha / (arms - 1)
    drift = float(ndtri(1 - alpha / 2) + ndtri(power))
    fixed = 2 * (drift * sd / (mean * lift)) ** 2 * (1 - rho**2)
    factor, share = inflation(method, alpha, power)
    each = math.ceil(fixed * factor)
    days = each * arms / units_a_day
    weeks = max(1, math.ceil(days / 7 - 1e-9))
    return Plan(each * arms, each, math.ceil(each * arms * share), math.ceil(days), weeks, method, factor)


def inflation(method: Method, alpha: float = 0.05, power: float = 0.8) -> tuple[float, float]:
    """(N over that of a fixed test of the same power, the mean share of N that is used under the planned effect)."""
    if method == "fixed":
        return 1.0, 1.0
    looks = tuple(float(t) for t in np.arange(1, LOOKS + 1) / LOOKS)
    drift = float(ndtri(1 - alpha / 2) + ndtri(power))

    def reached(factor: float) -> tuple[float, float]:
        if method == "sequential":
            limits = spending.bounds(looks, alpha)
        elif method == "declared":
            limits = tuple(float(z) for z in anytime.declared(np.array(looks), alpha))
        else:
            limits = tuple(float(z) for z in anytime.reach(np.array(looks) * factor, alpha))
        return spending.power(looks, limits, drift * math.sqrt(factor))

    factor = float(brentq(lambda f: reached(f)[0] - power, 0.9, 4.0, xtol=1e-4))
    return factor, reached(factor)[1]
