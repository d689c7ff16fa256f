"""Tables with a column `kind`, as `export events` writes them: one row is one event, and nothing has to be mapped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from salience.collect.exporters.flat import whole
from salience.collect.exporters.write import bare
from salience.collect.importers.delimited import csv_rows
from salience.collect.importers.lines import Progress
from salience.collect.importers.parquet import parquet_rows
from salience.collect.importers.table import Row
from salience.collect.receipt import Rejected


def read_exported(path: Path, form: str, *, progress: Progress | None = None) -> Iterator[bytes | Rejected]:
    """The events as they went out, with their ids: taken in where they came from, each is a duplicate."""
    rows: Iterator[Row]
    if form == ".parquet":
        _, rows = parquet_rows(path, progress)
    else:
        rows = (_undone(row) for row in csv_rows(path, progress))
    for row in rows:
        if row.broken:
            yield Rejected(row.raw, row.broken, line=row.line)
            continue
        try:
            yield whole(row.cells)
        except ValueError as error:
            yield Rejected(row.raw, f"line {row.line}: {error}", line=row.line)


def _undone(row: Row) -> Row:
    return Row(row.line, {name: bare(cell) for name, cell in row.cells.items()}, row.raw, row.broken)
