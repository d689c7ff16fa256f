"""Tables as spreadsheets write them: numbers with marks and signs, names, rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from salience.cli.bench.cells import table
from salience.events.fault import InvalidInput
from tests.cli.bench.worlds import put


@pytest.mark.parametrize(
    ("lines", "cells"),
    [
        (["a,y", '"1,234",0', '"12,000.5",1', "NA,1"], ["1234", "12000.5", "NA"]),
        (["a,y", "$5.10,0", "-$7,1"], ["5.10", "-7"]),
        (["a;y", "1.234,50;0", "7;1"], ["1234.50", "7"]),
        (["a;y", "1,5;0", "2;1"], ["1.5", "2"]),
        (["a,y", "7 %,0", "12%,1"], ["7", "12"]),
        (["a,y", '"1,5",0', "x,1"], ["1,5", "x"]),
        (["a;y", "2024-01-02;0", "1,5;1"], ["2024-01-02", "1,5"]),
    ],
)
def test_numbers_are_read_one_way_throughout_a_column(lines: list[str], cells: list[str], tmp_path: Path) -> None:
    assert table("train", put(tmp_path / "t.csv", lines), "y")["a"] == cells


def test_the_target_stays_as_it_is_written(tmp_path: Path) -> None:
    assert table("train", put(tmp_path / "t.csv", ["a,y", "1,5%", "2,10%"]), "y")["y"] == ["5%", "10%"]


def test_faults_are_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"two columns named 'a'.*rename one"):
        table("train", put(tmp_path / "t.csv", ["a,a,y", "1,2,3"]), "y")
    with pytest.raises(InvalidInput, match="no rows below its line of names"):
        table("train", put(tmp_path / "t.csv", ["a,b,y"]), "y")
    long = put(tmp_path / "t.csv", ["a,y", f"{'x' * 200_000},1"])
    assert len(table("train", long, "y")["a"][0]) == 200_000
