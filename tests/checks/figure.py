"""What a check prints: a figure beside its target, and for a rate the interval that its number of runs allows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from scipy import stats


@dataclass(frozen=True)
class Figure:
    """``value`` is to be ``at`` most, at least or within the target; ``runs`` > 0: it is a rate of so many runs.

    >>> print(Figure("false alarms", 0.049, (0.044, 0.056), runs=10_000))
    false alarms: 0.049 (95 % 0.0449 to 0.0534, 10,000 runs), target 0.044 to 0.056: ok
    """

    name: str
    value: float
    target: tuple[float, float]
    runs: int = 0
    note: str = ""

    @property
    def met(self) -> bool:
        """Whether the figure itself reaches its target."""
        return self.target[0] <= self.value <= self.target[1]

    @property
    def interval(self) -> tuple[float, float]:
        """Clopper and Pearson's 95 % interval of a rate."""
        hits = round(self.value * self.runs)
        low = float(stats.beta.ppf(0.025, hits, self.runs - hits + 1)) if hits else 0.0
        high = float(stats.beta.ppf(0.975, hits + 1, self.runs - hits)) if hits < self.runs else 1.0
        return low, high

    def __str__(self) -> str:
        low, high = self.target
        wanted = f"at most {high:,g}" if low == -INFINITY else f"at least {low:,g}"
        wanted = f"{low:,g} to {high:,g}" if low > -INFINITY and high < INFINITY else wanted
        doubt = ""
        if self.runs:
            doubt = f" (95 % {self.interval[0]:.3g} to {self.interval[1]:.3g}, {self.runs:,} runs)"
        note = f" [{self.note}]" if self.note else ""
        return f"{self.name}: {self.value:,.4g}{doubt}, target {wanted}: {'ok' if self.met else 'MISSED'}{note}"


INFINITY = float("inf")


def at_most(name: str, value: float, target: float, *, runs: int = 0, note: str = "") -> Figure:
    """The smaller the better."""
    return Figure(name, float(value), (-INFINITY, target), runs, note)


def at_least(name: str, value: float, target: float, *, runs: int = 0, note: str = "") -> Figure:
    """The larger the better."""
    return Figure(name, float(value), (target, INFINITY), runs, note)


Size = Literal["quick", "full"]
"""``quick`` is for the tests: seconds, and the same code."""


class Check(NamedTuple):
    """``number`` and ``name`` as listed; ``run`` yields its figures. ``fast``: its quick form is a test."""

    number: int
    name: str
    run: Callable[[Size], Iterator[Figure]]
    fast: bool = True
