"""Python's garbage collector in a process that lives long or makes millions of short-lived objects.

Nearly all that such a process makes is gone by reference counting at once, or stays for good: people, items, models.
Only cycles need the collector, and what has outlived two looks is hardly ever part of one. So it is set aside, and a
look costs a few milliseconds however large the state has grown. A look at all of a million people would take a second
in which nobody is answered.
"""

from __future__ import annotations

import gc
from itertools import count

YOUNG, MIDDLE = 1_000, 1
"""New objects per look at the young ones, and such looks per look at those that outlived the one before: a quarter of a
millisecond, in which no thread gets on."""

ALL = 10_000
"""Looks after which all is looked at again: a connection that was open during a look may have ended as a cycle."""


def settle() -> None:
    """Call it once everything is loaded: what is there now stays, and is not looked at again."""
    looks = count(1)

    def set_aside(phase: str, info: dict[str, int]) -> None:
        if phase != "stop" or not info["generation"]:
            return
        if info["generation"] == 1 and next(looks) % ALL == 0:
            gc.unfreeze()  # and the next look is at all: `freeze` sets the count of middle looks back, this does not
        else:
            gc.freeze()

    gc.freeze()
    gc.collect()  # of what is left, nothing: Python puts a look at all off until a quarter of what it saw last is new
    gc.set_threshold(YOUNG, MIDDLE, 0)
    gc.callbacks.append(set_aside)
