"""Parquet files, read by DuckDB in memory, which may load no extension and write nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from salience.collect.importers.lines import Progress
from salience.collect.importers.table import Imported, Row, TableMap, check_columns, events
from salience.events import InvalidInput, NotFound

_BATCH = 5000


def read_parquet(path: Path, mapping: TableMap, *, progress: Progress | None = None) -> Iterator[Imported]:
    """The events of a table. ``progress`` counts bytes in proportion to the rows. Raises at once like `read_csv`."""
    columns, rows = parquet_rows(path, progress)
    check_columns(mapping, columns)
    return events(rows, mapping)


def parquet_rows(path: Path, progress: Progress | None) -> tuple[list[str], Iterator[Row]]:
    """The names of the columns, and the rows as they are read."""
    import duckdb

    if not path.is_file():
        raise NotFound("file", str(path), "does not exist")
    nothing_loaded: dict[str, Any] = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    db = duckdb.connect(":memory:", config=nothing_loaded)
    try:
        count = db.execute("SELECT count(*) FROM read_parquet(?)", [str(path)]).fetchone()
        found = db.execute("SELECT * FROM read_parquet(?)", [str(path)])
        columns = [str(column[0]) for column in found.description or ()]
    except duckdb.Error as error:
        db.close()
        raise InvalidInput("file", str(path), f"is not Parquet: {error}", "name a Parquet file") from None
    return columns, _rows(db, columns, path.stat().st_size, count[0] if count else 0, progress)


def _rows(db: Any, columns: list[str], size: int, count: int, progress: Progress | None) -> Iterator[Row]:
    line = 0
    try:
        while batch := db.fetchmany(_BATCH):
            for values in batch:
                line += 1
                cells = dict(zip(columns, values, strict=True))
                yield Row(line, cells, msgspec.json.encode(cells, enc_hook=str))
            if progress is not None:
                progress(size * line // max(count, 1), size)
    finally:
        db.close()
