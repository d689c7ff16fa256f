"""How much of this machine other programs take: a time that is missed while they do says nothing of the product."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self

from tests.faults.marks import Missed, NotRun

MOST = 0.15
"""Of all processors. Beyond it a missed time is no verdict."""

_TICKS = os.sysconf("SC_CLK_TCK")


class Others:
    """Watch the processors while a block runs. ``pids``: the processes besides this one that are the check's own."""

    def __init__(self, *pids: int) -> None:
        self._pids = pids
        self._before = self._now()

    def __enter__(self) -> Self:
        self._before = self._now()
        return self

    def __exit__(self, *_: object) -> None:
        busy, all_, own = (after - before for after, before in zip(self._now(), self._before, strict=True))
        self.share = max(busy - own, 0.0) / max(all_, 1e-9)

    share = 0.0

    def hold(self, holds: object, otherwise: str) -> None:
        """Fail the mark unless it holds; where others took too much of the machine it is not run instead."""
        if holds:
            return
        if self.share > MOST:
            raise NotRun(f"other programs took {self.share:.0%} of the processors meanwhile; {otherwise}")
        raise Missed(otherwise)

    def _now(self) -> tuple[float, float, float]:
        """Seconds of the processors so far: busy, in all, and ours."""
        words = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:9]
        ticks = [int(word) for word in words]
        idle = ticks[3] + ticks[4]
        return (sum(ticks) - idle) / _TICKS, sum(ticks) / _TICKS, sum(map(_spent, (os.getpid(), *self._pids)))


def _spent(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
