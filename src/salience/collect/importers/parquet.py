"""Parquet files, read by DuckDB in memory, which may load no extension and write nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from salience.collect.columns import Block
from salience.collect.importers.lines import Progress
from salience.collect.importers.table import Imported, Row, TableMap, check_columns, events
from salience.events import InvalidInput, NotFound

BATCH = 2_000


def read_parquet(path: Path, mapping: TableMap, *, progress: Progress | None = None) -> Iterator[Imported]:
    """The events of a table. ``progress`` counts bytes in proportion to the rows. Raises at once like `read_csv`."""
    columns, rows = parquet_rows(path, progress)
    check_columns(mapping, columns)
    return events(rows, mapping)


def parquet_rows(path: Path, progress: Progress | None) -> tuple[list[str], Iterator[Row]]:
    """The names of the columns, and the rows as they are read."""
    columns, blocks = parquet_blocks(path, progress)
    return columns, (row for block in blocks for row in block.rows())


def parquet_blocks(path: Path, progress: Progress | None) -> tuple[list[str], Iterator[Block]]:
    """The names of the columns, and some thousands of rows at a time, column by column."""
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
    return columns, _blocks(db, columns, path.stat().st_size, count[0] if count else 0, progress)


def _blocks(db: Any, columns: list[str], size: int, count: int, progress: Progress | None) -> Iterator[Block]:
    line = 0
    try:
        while batch := db.fetchmany(BATCH):
            by_column = dict(zip(columns, zip(*batch, strict=True), strict=True))
            yield Block(by_column, partial(_rows, columns, batch, line), len(batch))
            line += len(batch)
            if progress is not None:
                progress(size * line // max(count, 1), size)
    finally:
        db.close()


def _rows(columns: list[str], batch: Sequence[Sequence[Any]], before: int) -> Iterator[Row]:
    for line, values in enumerate(batch, before + 1):
        cells = dict(zip(columns, values, strict=True))
        yield Row(line, cells, msgspec.json.encode(cells, enc_hook=str))
