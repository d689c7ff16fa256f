"""How much one server bears, and whose share of it is used up: a loud workspace is turned away, not those beside it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from salience.serve.turns import Turns

MEMORY = 256  # gaps that a moving mean remembers: one stall of the disk must not turn callers away


@dataclass(frozen=True)
class Limits:
    """What one server bears. ``at_once`` calls are worked on together at most; more are told to come back.

    Fewer are, where so many would keep the last of them waiting for more than ``wait_seconds`` at the pace of late, but
    never fewer than ``at_least``. ``held_bytes``: of bodies that are still arriving, all callers together. Slow ones
    hold little and no place at work.
    """

    header_bytes: int = 32_768
    header_count: int = 100
    body_seconds: float = 20.0
    at_once: int = 256
    at_least: int = 32
    wait_seconds: float = 0.3
    held_bytes: int = 128_000_000


@dataclass
class Load:
    """How many calls are inside and how much of bodies is held, for all routes. Touched by the event loop only.

    ``pace``: seconds from one call's end to the next while calls wait, a moving mean; 0 while nothing is known. By
    Little's law (1961) whoever comes as the n-th waits n paces, so a bound on the wait is one on how many are inside.
    ``calls`` and ``bytes_of``: the same by workspace. What is there is shared evenly by the workspaces that use it now,
    so one alone may use all of it, and one more always finds its part, whatever the others ask for. ``turns``: whose
    call is next, where a server holds several.
    """

    limits: Limits = field(default_factory=Limits)
    turns: Turns | None = None
    pace: float = 0.0
    gaps: int = 0
    ended: float | None = None
    calls: Counter[object] = field(default_factory=Counter)
    bytes_of: Counter[object] = field(default_factory=Counter)

    @property
    def inside(self) -> int:
        """Calls that are being worked on."""
        return self.calls.total()

    def full(self, who: object = None) -> bool:
        """Whether a further call of the workspace ``who`` has to come back later."""
        limits = self.limits
        bearable = limits.wait_seconds / self.pace if self.pace else limits.at_once
        places = min(limits.at_once, max(limits.at_least, bearable))
        return _over(self.calls, places, who) or _over(self.bytes_of, limits.held_bytes, who)

    def enter(self, who: object = None) -> None:
        """A call is worked on from now on."""
        self.calls[who] += 1

    def leave(self, now: float, who: object = None) -> None:
        """A call has ended at ``now``, in seconds of a clock that never goes back."""
        _take(self.calls, who, 1)
        if self.ended is not None:
            gap = now - self.ended
            self.gaps = min(self.gaps + 1, MEMORY)
            self.pace += (gap - self.pace) / self.gaps
        self.ended = now if self.calls else None  # with nobody waiting, the next gap says nothing

    def hold(self, size: int, who: object = None) -> None:
        """So many more bytes of a body are kept; fewer if negative."""
        if size >= 0:
            self.bytes_of[who] += size
        else:
            _take(self.bytes_of, who, -size)


def _over(used: Counter[object], most: float, who: object) -> bool:
    """Whether all is in use, and by ``who`` an even share of it.

    >>> _over(Counter(loud=10), 10, "loud"), _over(Counter(loud=10), 10, "quiet")
    (True, False)
    """
    if used.total() < most:
        return False
    return used[who] >= most / (len(used) + (who not in used))


def _take(used: Counter[object], who: object, size: int) -> None:
    used[who] -= size
    if used[who] <= 0:
        del used[who]
