"""Switchback: everybody gets the same arm for a while, then the next, where arms would otherwise work on each other.

Shared stock, budgets, drivers or feeds leak from one half of the people to the other; periods of time do not (Bojinov,
Simchi-Levi, Zhao, *Design and Analysis of Switchback Experiments*, 2023). Within each round of as many periods as there
are arms, every arm comes once, in an order that only the salt knows: so mornings and evenings, and slow drifts, meet
all arms alike. The period is the unit that is judged. What the arm before left behind fades during the burn-in.
"""

from __future__ import annotations

from collections.abc import Sequence

from salience.optimise.experiments.buckets import place

HOUR_MS = 3_600_000


def period_of(time: int, began: int, hours: float) -> int:
    """The number of the period that a time (ms) lies in, counted from the start of the run."""
    return int((time - began) // (hours * HOUR_MS))


def arm_of(period: int, salt: str, arms: Sequence[str]) -> str:
    """The arm of a period.

    >>> {arm_of(period, "s", ("a", "b")) for period in (4, 5)} == {"a", "b"}
    True
    """
    turn, at = divmod(period, len(arms))
    order = sorted(range(len(arms)), key=lambda arm: place(f"{salt}:{turn}", str(arm)))
    return arms[order[at]]


def burning_in(time: int, began: int, hours: float, burn_in_hours: float) -> bool:
    """Whether a time lies in the part of its period that does not count."""
    return (time - began) % (hours * HOUR_MS) < burn_in_hours * HOUR_MS
