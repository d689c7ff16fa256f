"""The quick form of `make faults`: every mark on the real build, and the cheap ones on the build that they must catch.

`scripts/faults.py --broken` does the latter for all of them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.every import MARKS, NOT_BUILT
from tests.faults.marks import Mark, Missed, NotRun, line
from tests.faults.planted import BUILDS

CHEAP = ("R03", "R07", "R10", "R11", "R13", "R24", "R25", "R10-PG", "R24-PG", "R26-PG")
QUICK = [mark for mark in MARKS if mark.name != "R09-PG"]
"""Which looks at bodies before any log does: `make faults` has it."""


@pytest.mark.parametrize("mark", QUICK, ids=lambda mark: mark.name)
def test_the_mark_holds(mark: Mark, tmp_path: Path) -> None:
    passed, said = line(mark, tmp_path, long=False)
    assert passed, said
    assert said.startswith((f"{mark.name} pass", f"{mark.name} not run: "))


@pytest.mark.parametrize("mark", [mark for mark in MARKS if mark.name in CHEAP], ids=lambda mark: mark.name)
def test_the_check_fails_on_a_broken_build(mark: Mark, tmp_path: Path) -> None:
    with pytest.raises((Missed, NotRun)):
        mark.check(tmp_path, False, mark.broken[0])  # noqa: FBT003


def test_every_check_names_a_build_that_it_catches() -> None:
    assert {build for mark in MARKS for build in mark.broken} <= set(BUILDS)
    assert [mark.name for mark in MARKS if not mark.broken] == ["R04", "R04-PG"], "which are the proof"
    assert not {mark.name for mark in MARKS} & set(NOT_BUILT)


def test_a_check_that_breaks_is_no_pass(tmp_path: Path) -> None:
    mark = Mark("R00", "nothing", lambda *_: f"{1 // 0}")
    assert line(mark, tmp_path, long=False) == (
        False,
        "R00 FAIL  nothing  the check itself broke: ZeroDivisionError: integer division or modulo by zero",
    )


def test_what_cannot_be_looked_at_is_said_so(tmp_path: Path) -> None:
    def cannot(*_: object) -> str:
        raise NotRun("strace is not installed")

    assert line(Mark("R00", "nothing", cannot), tmp_path, long=False) == (
        True,
        "R00 not run: strace is not installed",
    )
