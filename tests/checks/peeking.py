"""Checks 2, 3 and 4: experiments that are looked at 200 times.

10,000 units an arm, a rate of 10 %; the effect is what a fixed test of that size finds with 80 % power.
"""

from __future__ import annotations

from collections.abc import Iterator

from salience.optimise.experiments.peeking import RULES, Looks, called, detectable, rates, spendings
from salience.optimise.experiments.verdicts import inflated
from tests.checks.figure import Check, Figure, Size, at_least, at_most

UNITS, RATE = 10_000, 0.1
OPEN, DECLARED, PLANNED, PEEKED = (
    "anytime, open-ended", "declared maximum", "sequential, planned N", "p < 0.05 at every look",
)  # fmt: skip


def worlds(size: Size) -> tuple[Looks, Looks]:
    """(no effect, the effect that was planned for)."""
    runs = 2_000 if size == "quick" else 20_000
    effect = detectable(RATE, UNITS)
    return rates(runs, rate=RATE, seed=1), rates(runs, rate=RATE, more=effect, seed=2)


def at_any_time(size: Size) -> Iterator[Figure]:
    """Open-ended and with a declared maximum: false alarms, and power at the planned effect."""
    null, effect = worlds(size)
    skewed = spendings(500 if size == "quick" else 5_000, seed=3)
    for name, least in ((OPEN, 0.535), (DECLARED, 0.65)):
        rule = RULES[name]
        for world, said in ((null, "10 % rate"), (skewed, "lognormal revenue")):
            found = called(world, rule)
            slack = 0.015 if size == "quick" else 0.0
            yield at_most(f"{name}: false alarms, {said}", found.share, 0.05 + slack, runs=found.runs)
        found = called(effect, rule)
        yield at_least(f"{name}: power", found.share, least, runs=found.runs, note=f"{found.used:.0%} of N used")


def planned(size: Size) -> Iterator[Figure]:
    """Alpha spending with N known, and with 20 % more units than were planned."""
    null, effect = worlds(size)
    rule, slack = RULES[PLANNED], (0.012 if size == "quick" else 0.0)
    found = called(null, rule)
    yield Figure(f"{PLANNED}: false alarms", found.share, (0.044 - slack, 0.056 + slack), runs=found.runs)
    over = called(rates(found.runs, rate=RATE, overrun=1.2, seed=4), rule)
    yield at_most("the same, overrun by 20 %", over.share, 0.056 + slack, runs=over.runs)
    late = called(rates(found.runs, rate=RATE, overrun=1.2, looks=7, seed=5), rule)
    yield at_most("the same, 7 looks, the last at 120 %", late.share, 0.056 + slack, runs=late.runs)
    found = called(effect, rule)
    yield at_least(f"{PLANNED}: power", found.share, 0.76 - slack, runs=found.runs)
    yield at_most(f"{PLANNED}: mean share of N used", found.used, 0.75 + slack / 2)


def refused(size: Size) -> Iterator[Figure]:
    """Peeking without a method for it: how often it would call, and what the report says of that."""
    null, _ = worlds(size)
    found = called(null, RULES[PEEKED])
    yield at_least("p < 0.05 at every of 200 looks: would call", found.share, 0.4, runs=found.runs)
    said = inflated(200)
    yield Figure("the rate that the report states for it", said, (found.share - 0.03, found.share + 0.03))


CHECKS = (
    Check(2, "200 looks, at any time", at_any_time),
    Check(3, "200 looks, planned N", planned),
    Check(4, "200 looks without a sequential method", refused),
)
