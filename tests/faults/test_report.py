"""The report: lines, statuses, and a planted bug that nobody catches."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.marks import Mark, Missed
from tests.faults.report import report


def check(_folder: Path, _long: bool, build: str) -> str:
    if build == "bad":
        raise Missed("1 lost")
    return "0 lost"


GOOD, BLIND = Mark("R98", "good", check, ("bad",)), Mark("R99", "blind", check, ("unseen",))


def test_each_mark_is_a_line_and_what_is_not_built_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert report("", [GOOD, BLIND], {"R97": "later"}, []) == 0
    assert capsys.readouterr().out == "R98 pass  good  0 lost\nR99 pass  blind  0 lost\nR97 not run: later\n"


def test_a_broken_build_that_is_not_caught_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert report("", [GOOD], {}, ["--broken"]) == 0
    assert report("", [GOOD, BLIND], {}, ["--broken", "R99"]) == 1
    assert "R99 MISSED  unseen" in capsys.readouterr().out


def test_an_unknown_mark_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        report("", [GOOD], {}, ["R00"])
    assert "no such mark: R00" in capsys.readouterr().err
