"""What is there before the work begins is not looked at again by the garbage collector."""

from __future__ import annotations

import gc

from salience.cli.collector import MIDDLE, OLD, YOUNG, settle


def test_what_is_loaded_is_set_aside_and_looks_are_rarer() -> None:
    before = gc.get_threshold()
    try:
        settle()
        assert gc.get_freeze_count() > 1_000
        assert gc.get_threshold() == (YOUNG, MIDDLE, OLD)
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
