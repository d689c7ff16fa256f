"""A missed time is no verdict while other programs take the machine; on a machine of one's own it is."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.faults.marks import Missed, NotRun
from tests.faults.others import MOST, Others

BURN = "import time; end = time.process_time() + 0.4\nwhile time.process_time() < end: pass"


def test_what_holds_holds_whoever_is_busy() -> None:
    with Others() as others:
        pass
    others.share = 1.0
    others.hold(1 <= 2, "late")


def test_a_missed_time_fails_alone_and_is_not_judged_beside_others() -> None:
    with Others() as others:
        pass
    others.share = MOST
    with pytest.raises(Missed, match="late"):
        others.hold(2 <= 1, "late")
    others.share = MOST + 0.01
    with pytest.raises(NotRun, match=r"other programs took 16% of the processors meanwhile; late"):
        others.hold(2 <= 1, "late")


def test_processes_of_the_check_itself_are_no_others() -> None:
    with subprocess.Popen([sys.executable, "-c", BURN]) as stranger, Others() as seen:  # noqa: S603
        before = Others(stranger.pid)
        while stranger.poll() is None and (after := before._now())[2] - before._before[2] < 0.2:
            pass
        assert after[2] - before._before[2] >= 0.2  # what it burned counts as ours
    assert 0 <= seen.share <= 1
