"""Four baskets whose itemsets and rules can be counted by eye."""

from __future__ import annotations

from pathlib import Path

import pytest

from salience.cli import main
from tests.cli.bench.worlds import columns, put, rows, told


@pytest.mark.parametrize("separator", [" ", ",", ";", "\t"])
def test_counts_of_itemsets_and_rules(separator: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [separator.join(basket) for basket in (["tea", "milk"], ["tea", "milk", "tea"], ["milk"], ["salt"])]
    out = tmp_path / "it's.parquet"
    words = ("--file", put(tmp_path / "b.txt.gz", lines), "--support", "0.5", "--confidence", "0.9", "--out", str(out))
    found = told(capsys, "baskets", *words)
    assert (found["itemsets"], found["by_size"], found["rules"], found["least"]) == (3, {"1": 2, "2": 1}, 1, 2)
    assert [name for name, _ in columns(out)] == ["kind", "items", "then", "count", "support", "confidence", "lift"]
    sets = {(tuple(sorted(items)), count) for kind, items, _, count, *_ in rows(out) if kind == "itemset"}
    assert sets == {(("tea",), 2), (("milk",), 3), (("milk", "tea"), 2)}
    (rule,) = [row for row in rows(out) if row[0] == "rule"]
    assert rule[1:] == (["tea"], "milk", 2, 0.5, 1.0, pytest.approx(4 / 3))


def test_without_a_confidence_there_are_no_rules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, out = put(tmp_path / "b.txt", ["tea milk", "tea"]), tmp_path / "out.parquet"
    assert told(capsys, "baskets", "--file", file, "--support", "0.5", "--out", str(out))["rules"] is None
    assert {row[0] for row in rows(out)} == {"itemset"}
    assert main(["bench", "baskets", "--file", file, "--support", "1"]) == 0
    assert "1 itemsets in 2 baskets" in capsys.readouterr().out


def test_quoted_items_and_old_encodings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "b.csv"
    file.write_bytes('"Käse","Brot, dunkel"\r\n"Käse"\r\n"Brot, dunkel",Käse\r\n'.encode("latin-1"))
    out = tmp_path / "out.parquet"
    words = ("--file", str(file), "--support", "0.6", "--confidence", "0.9", "--out", str(out))
    assert told(capsys, "baskets", *words)["itemsets"] == 3
    assert {item for _, items, *_ in rows(out) for item in items} == {"Käse", "Brot, dunkel"}
    assert main(["bench", "baskets", *words]) == 0
    assert "Brot, dunkel" in capsys.readouterr().out
