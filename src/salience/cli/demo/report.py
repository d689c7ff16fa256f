"""One line per stage: what was done, on how many rows, in how many seconds, and the most memory so far."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Stage:
    """One line. The body of the stage sets ``rows`` and ``note``."""

    name: str
    rows: int = 0
    unit: str = "rows"
    note: str = ""
    seconds: float = 0.0

    def __str__(self) -> str:
        rows = f"{self.rows:>9,} {self.unit:<7}" if self.rows else " " * 17
        line = f"{self.name:<10} {rows} {self.seconds:7.1f} s {peak_megabytes():>6,.0f} MB"
        return f"{line}   {self.note}" if self.note else line


@dataclass
class Report:
    """All stages of one run, in order. ``quiet`` collects them for JSON instead of printing them."""

    quiet: bool = False
    stages: list[Stage] = field(default_factory=list)
    began: float = field(default_factory=time.perf_counter)

    @contextmanager
    def stage(self, name: str) -> Iterator[Stage]:
        """Time the block; print its line when it is done."""
        made = Stage(name)
        started = time.perf_counter()
        yield made
        made.seconds = time.perf_counter() - started
        self.stages.append(made)
        self.say(str(made))

    def say(self, line: str = "") -> None:
        """A line of the report."""
        if not self.quiet:
            print(line, flush=True)

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.perf_counter() - self.began


def peak_megabytes() -> float:
    """The most memory that this process ever held, in MB."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6  # bytes there, KiB elsewhere
