"""What is there before the work begins, and what has stayed for two looks, is not looked at again for a long time."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from salience.cli import collector
from salience.cli.collector import MIDDLE, YOUNG, settle


class Ring:
    """A cycle: nothing but a look can free it."""

    def __init__(self) -> None:
        self.own = self


@pytest.fixture
def _settled(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(collector, "ALL", 4)
    large = [[number] for number in range(500_000)]  # a large process, of which a full look has seen everything
    gc.collect()
    before, callbacks = gc.get_threshold(), list(gc.callbacks)
    gc.callbacks.clear()  # of a command that ran in this process before: it would set aside, too
    settle()
    yield
    del large
    gc.callbacks[:] = callbacks
    gc.unfreeze()
    gc.set_threshold(*before)


@pytest.mark.usefixtures("_settled")
def test_what_is_loaded_is_set_aside() -> None:
    assert gc.get_freeze_count() > 1_000
    assert gc.get_threshold()[:2] == (YOUNG, MIDDLE)


@pytest.mark.usefixtures("_settled")
def test_what_stays_is_set_aside_too() -> None:
    kept = [[number] for number in range(2 * YOUNG * (MIDDLE + 1))]
    assert len(gc.get_objects()) < len(kept)


@pytest.mark.usefixtures("_settled")
def test_a_cycle_that_outlived_a_look_is_freed_when_all_is_looked_at() -> None:
    ring = Ring()
    gone = weakref.ref(ring)
    kept = [[number] for number in range(2 * YOUNG * (MIDDLE + 1))]
    del ring
    assert gone() is not None
    kept += [[number] for number in range(6 * YOUNG * (MIDDLE + 1))]
    assert gone() is None, "set aside for ever"
