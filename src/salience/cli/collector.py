"""Python's garbage collector in a process that lives long or makes millions of short-lived objects."""

from __future__ import annotations

import gc

YOUNG, MIDDLE, OLD = 20_000, 20, 50
"""New objects per look at the young ones, such looks per look at the middle ones, and those per look at all: a batch of
events is hundreds of objects that are gone by reference counting anyway, and a look at all of a large state is a pause
that callers notice."""


def settle() -> None:
    """Call it once everything is loaded: what is there now stays, and is not looked at again."""
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
