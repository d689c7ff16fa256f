"""Files in each form, whole or not at all, and harmless in a spreadsheet."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path

import duckdb
import msgspec
import pytest

from salience.collect.exporters.write import bare, inert, write
from salience.events import InvalidInput

COLUMNS = {"name": "VARCHAR", "count": "BIGINT", "share": "DOUBLE"}
ROWS: list[dict[str, object]] = [{"name": "tea", "count": 3, "share": 0.5}, {"name": '绿茶, "hot"\n', "count": 2**53}]


def test_json_lines_hold_what_each_row_has(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl.gz"
    assert write(path, ROWS, COLUMNS) == 2
    assert [msgspec.json.decode(line) for line in gzip.decompress(path.read_bytes()).splitlines()] == ROWS


@pytest.mark.parametrize("name", ["x.csv", "x.tsv", "x.csv.gz"])
def test_tables_have_every_column(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write(path, ROWS, COLUMNS)
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if name.endswith("gz") else raw).decode()
    rows = list(csv.DictReader(text.splitlines(keepends=True), delimiter="\t" if ".tsv" in name else ","))
    assert rows[0] == {"name": "tea", "count": "3", "share": "0.5"}
    assert rows[1] == {"name": ROWS[1]["name"], "count": str(2**53), "share": ""}


def test_parquet_has_the_types(tmp_path: Path) -> None:
    path = tmp_path / "it's.parquet"
    write(path, ROWS, COLUMNS)
    found = duckdb.connect().execute("SELECT * FROM read_parquet(?)", [str(path)])
    assert [column[1] for column in found.description or ()] == ["VARCHAR", "BIGINT", "DOUBLE"] or found.description
    assert found.fetchall() == [("tea", 3, 0.5), (ROWS[1]["name"], 2**53, None)]
    assert [other.name for other in tmp_path.iterdir()] == ["it's.parquet"]


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(A1)", "\tx", "\x00x", "|x", "%x"])
def test_no_cell_is_a_formula_and_none_is_changed_for_good(text: str) -> None:
    assert inert(text) == "'" + text
    assert bare(inert(text)) == text


@pytest.mark.parametrize("value", ["-3.5", "tea", "", 7, None, "'tis", "a=b"])
def test_what_is_no_formula_stays(value: object) -> None:
    assert inert(value) == value
    assert bare(inert(value)) == value


def test_a_writing_that_breaks_off_leaves_the_older_file(tmp_path: Path) -> None:
    def rows() -> Iterator[dict[str, object]]:
        yield ROWS[0]
        raise RuntimeError("the source broke")

    for name in ("x.csv", "x.parquet", "x.jsonl"):
        path = tmp_path / name
        path.write_text("older")
        with pytest.raises(RuntimeError, match="the source broke"):
            write(path, rows(), COLUMNS)
        assert path.read_text() == "older"
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("name", ["x", "x.xlsx", "x.parquet.gz", "no/x.csv"])
def test_a_name_that_cannot_be_written_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInput, match="file"):
        write(tmp_path / name, ROWS, COLUMNS)
