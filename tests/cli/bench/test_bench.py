"""Tasks and their options: an unknown task, a missing option, one of another task, a place that cannot be written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.bench.worlds import put, refused


def test_an_unknown_task_gets_the_near_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert "did you mean 'session'?" in refused(capsys, "sesion")
    assert "one of topn, next, session" in refused(capsys, "xyz")


def test_a_missing_option_and_one_of_another_task_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert "sequences = '': `salience bench next` needs --sequences" in refused(capsys, "next")
    refusal = refused(capsys, "topn", "--train", "x", "--keep-seen")
    assert "--keep-seen" in refusal
    assert "`salience bench topn` does not take this" in refusal


def test_a_place_that_cannot_be_written_is_said_before_anything_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("baskets", "--file", put(tmp_path / "b.txt", ["a b"]), "--support", "0.5", "--out")
    assert "its folder does not exist" in refused(capsys, *words, str(tmp_path / "no" / "out.parquet"))
    assert "is a folder" in refused(capsys, *words, str(tmp_path))
