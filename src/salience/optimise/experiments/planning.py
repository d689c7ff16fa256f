"""How many units, and how long: asked before, because afterwards every answer is an excuse.

n an arm = (1 + 1/k) (z_{1-a/2} + z_power)^2 sd^2 / (mean mde)^2, for k times as many treated as control units, alpha
over the number of comparisons with the control. A group-sequential plan needs a little more in the worst case and less
on average; an anytime-valid one needs more. Time is rounded up to whole weeks: a Tuesday is not a Saturday.
"""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct
from scipy.optimize import brentq
from scipy.special import ndtri

from salience.events.experiment import Method
from salience.events.fault import InvalidInput
from salience.optimise.experiments import anytime, spending

LOOKS = 28
MOST, MOST_DAYS = 1e12, 3_650_000


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
                               ("units_a_day", units_a_day, units_a_day > 0), ("arms", arms, 2 <= arms <= 20),
                               ("rho", rho, -1 < rho < 1), ("power", power, 0.5 <= power <= 0.999),
                               ("alpha", alpha, 1e-4 <= alpha <= 0.2)):  # fmt: skip
        if not (right and math.isfinite(value)):
            raise InvalidInput(name, value, "cannot be planned with", "`salience experiments plan --help`")
    alpha = alpha / (arms - 1)
    drift = float(ndtri(1 - alpha / 2) + ndtri(power))
    with np.errstate(all="ignore"):  # numbers beyond all reason become infinite, and are refused
        fixed = float(2 * (np.float64(drift) * sd / (np.float64(mean) * lift)) ** 2 * (1 - rho**2))
        wait = float(fixed * arms / np.float64(units_a_day))
    if not (fixed < MOST and wait < MOST_DAYS):
        raise InvalidInput("lift", lift, f"takes more than {MOST:,.0f} units, or 10,000 years", "look for a larger one")
    factor, share = inflation(method, alpha, power)
    each = max(math.ceil(fixed * factor), 2)
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

    factor = float(brentq(lambda f: reached(f)[0] - power, 0.5, 20.0, xtol=1e-4))
    return factor, reached(factor)[1]
