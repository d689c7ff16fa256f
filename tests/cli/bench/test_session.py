"""Sessions that walk a ring; the tests stand in a file of their own, an unknown target among them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.bench.worlds import columns, put, refused, rows, told


def walk(start: int, steps: int) -> list[str]:
    return [f"i{(start + n) % 9}" for n in range(steps)]


def test_rows_are_test_lines_from_0_and_an_unknown_target_is_missed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train = put(tmp_path / "train.txt.gz", [" ".join(walk(s, 4)) for s in range(45)])
    test = put(tmp_path / "test.txt", [*(f"{' '.join(walk(s, 2))}\t{walk(s, 3)[2]}" for s in range(3)), "i1 what\twho"])
    out = tmp_path / "out.parquet"
    outcome = told(capsys, "session", "--train", train, "--test", test, "--k", "2", "--out", str(out))
    assert columns(out) == [("row", "BIGINT"), ("item", "VARCHAR"), ("rank", "INTEGER"), ("score", "FLOAT")]
    assert [(row, item) for row, item, rank, _ in rows(out) if rank == 1][:3] == [(0, "i2"), (1, "i3"), (2, "i4")]
    assert {row for row, *_ in rows(out)} == {0, 1, 2, 3}
    assert outcome["metrics"]["hr@2"]["value"] == 0.75


@pytest.mark.parametrize("line", ["a b c", "\ta", "a b\t", "a\tb c"])
def test_a_test_line_without_prefix_tab_target_is_said(
    line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train = put(tmp_path / "train.txt", ["a b", "b c"])
    said = refused(capsys, "session", "--train", train, "--test", put(tmp_path / "test.txt", ["a\tb", line]))
    assert "line 2 is not a prefix, a tab and one target" in said
