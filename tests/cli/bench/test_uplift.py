"""The mailing of tests/optimise/uplift as files: a verdict, a table, predictions for every row of the test part."""

from __future__ import annotations

from pathlib import Path

import pytest

from salience.cli import main
from tests.cli.bench.worlds import columns, put, refused, rows, told
from tests.optimise.uplift.test_targeting import mailing


def files(folder: Path) -> tuple[str, ...]:
    words: list[str] = []
    for seed, part in enumerate(("train", "test")):
        table = mailing(600, seed)
        lines = [",".join(table), *(",".join(row) for row in zip(*table.values(), strict=True))]
        words += [f"--{part}", put(folder / f"{part}.csv.gz", lines)]
    return ("uplift", *words, "--treatment", "mail", "--outcome", "visit")


def test_predictions_and_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.parquet"
    found = told(capsys, *files(tmp_path), "--arm", "b", "--out", str(out), "--budget", "0.4")
    assert columns(out) == [("row", "BIGINT"), ("prediction", "DOUBLE")]
    assert [row for row, _ in rows(out)] == list(range(600))
    assert found["verdict"] == "usable"
    assert found["audience"]["share"] <= 0.4
    assert found["test"]["qini"]["low"] <= found["test"]["qini"]["value"]


def test_a_page_to_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", *files(tmp_path), "--arm", "a", "--ignore", "spend"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("a against none: no usable difference")
    assert "not learned from: spend" in text
    assert "other treatments, left out: b" in text


def test_several_treatments_are_refused_with_the_way_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--arm" in refused(capsys, *files(tmp_path))
