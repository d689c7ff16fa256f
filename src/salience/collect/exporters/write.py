"""Rows into a file whose name says its form; whole or not at all, in constant memory."""

from __future__ import annotations

import csv
import gzip
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO, cast

import msgspec

from salience.events import InvalidInput

FORMS = (".jsonl", ".ndjson", ".csv", ".tsv", ".parquet")
_FORMULA = re.compile(r"[=+\-@\t\r\n\x00|%]")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_encode = msgspec.json.Encoder().encode


def form(path: Path) -> str:
    """The form that the name asks for, without ``.gz``; `InvalidInput` where it says none or the folder is missing."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    packed = bool(suffixes) and suffixes[-1] == ".gz"
    found = suffixes[-2 if packed else -1] if len(suffixes) > packed else ""
    if found not in FORMS or (packed and found == ".parquet"):
        way_out = f"end it in {', '.join(FORMS)}; all but Parquet may add .gz"
        raise InvalidInput("file", str(path), "its name does not say what to write", way_out)
    if path.is_dir() or not path.parent.is_dir():
        raise InvalidInput("file", str(path), "is a folder or stands in none", "name a file in a folder that exists")
    return found


def write(path: Path, rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str]) -> int:
    """Write the rows and return how many. ``columns``: name -> SQL type; JSON lines hold what each row has.

    An older file of the name is replaced when the new one is whole. It is for its owner alone, at no moment for others:
    it may tell of people.
    """
    kind = form(path)
    with tempfile.TemporaryDirectory(prefix=f".{path.name}.", suffix=".part", dir=path.parent) as aside:
        part = Path(aside) / "rows"
        if kind == ".parquet":
            count = _parquet(part, rows, columns)
        else:
            with _text(part, packed=path.suffix.lower() == ".gz") as file:
                count = _lines(file, rows) if kind in FORMS[:2] else _table(file, rows, columns, kind)
        part.chmod(0o600)
        part.replace(path)
    return count


def inert(cell: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: a quote before what begins like one and is no number.

    >>> inert("=1+1"), inert("-3.5"), inert("tea"), inert("@x")
    ("'=1+1", '-3.5', 'tea', "'@x")
    """
    if isinstance(cell, str) and _FORMULA.match(cell) and not _NUMBER.fullmatch(cell):
        return "'" + cell
    return cell


def bare(cell: Any) -> Any:
    """What `inert` was given, so that an exported table can be read again.

    >>> bare(inert("=1+1")), bare("'tis")
    ('=1+1', "'tis")
    """
    if isinstance(cell, str) and cell[:1] == "'" and _FORMULA.match(cell[1:]) and not _NUMBER.fullmatch(cell[1:]):
        return cell[1:]
    return cell


def _lines(file: TextIO, rows: Iterable[Mapping[str, Any]]) -> int:
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007 - the count is wanted
        file.write(_encode(row).decode() + "\n")
    return count


def _table(file: TextIO, rows: Iterable[Mapping[str, Any]], columns: Iterable[str], kind: str) -> int:
    names = list(columns)
    writer = csv.writer(file, delimiter="\t" if kind == ".tsv" else ",", lineterminator="\r\n")  # RFC 4180
    writer.writerow(names)
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007
        writer.writerow([inert(row.get(name, "")) for name in names])
    return count


def _parquet(part: Path, rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str]) -> int:
    """By way of JSON lines beside it: DuckDB streams those, so memory does not grow with the rows."""
    import duckdb

    lines = part.with_name(part.name + ".jsonl")
    db = duckdb.connect(":memory:", config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    try:
        with lines.open("w", encoding="utf-8") as file:
            count = _lines(file, rows)
        types = ", ".join(f"\"{name}\": '{kind}'" for name, kind in columns.items())
        source = f"read_json('{_quoted(lines)}', format='newline_delimited', columns={{{types}}})"
        target = f"TO '{_quoted(part)}' (FORMAT parquet, COMPRESSION zstd)"
        db.execute(f"COPY (SELECT * FROM {source}) {target}")  # noqa: S608 - our own names, quoted
    finally:
        db.close()
        lines.unlink(missing_ok=True)
    return count


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


@contextmanager
def _text(part: Path, *, packed: bool) -> Iterator[TextIO]:
    if packed:
        with gzip.open(part, "wt", encoding="utf-8", newline="") as file:
            yield cast("TextIO", file)
    else:
        with part.open("w", encoding="utf-8", newline="") as plain:
            yield plain
