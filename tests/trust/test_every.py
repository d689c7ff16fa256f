"""The quick form of `make trust`: every mark on the real build, and on the cheap builds that it must catch."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.trust.every import MARKS, NOT_BUILT
from tests.trust.marks import Mark, Missed, NotRun, line

DEAR: tuple[str, ...] = ("P06", "P07", "P33")
"""Marks whose planted bugs are left to `scripts/trust.py --broken`: each takes seconds."""


@pytest.mark.parametrize("mark", MARKS, ids=lambda mark: mark.name)
def test_the_mark_holds(mark: Mark, tmp_path: Path) -> None:
    passed, said = line(mark, tmp_path, long=False)
    assert passed, said
    assert said.startswith((f"{mark.name} pass", f"{mark.name} not run: "))


CHEAP = [(mark, build) for mark in MARKS if mark.name not in DEAR for build in mark.broken]


@pytest.mark.parametrize(("mark", "build"), CHEAP, ids=lambda part: part if isinstance(part, str) else part.name)
def test_the_check_fails_on_a_broken_build(mark: Mark, build: str, tmp_path: Path) -> None:
    with pytest.raises((Missed, NotRun)):
        mark.check(tmp_path, False, build)  # noqa: FBT003


def test_every_check_has_a_build_that_it_catches() -> None:
    assert [mark.name for mark in MARKS if not mark.broken] == []
    names = [mark.name for mark in MARKS]
    assert len(set(names)) == len(names)
    assert not set(names) & set(NOT_BUILT)
