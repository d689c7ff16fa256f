"""Parquet files, read by DuckDB in memory, which may load no extension and write nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from salience.collect.columns import Block, Drawn
from salience.collect.importers.drawn import query, quoted
from salience.collect.importers.lines import Progress
from salience.collect.importers.table import Imported, Row, TableMap, check_columns, events
from salience.events import InvalidInput, NotFound

BATCH = 2_000
NUMBER = "file_row_number"
"""What DuckDB calls the number of a row. A file with a column of that name goes the longer way."""


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
    db, count, types = _opened(path)
    db.execute(f"SELECT {_every(types)} FROM read_parquet(?)", [str(path)])  # noqa: S608 - names are quoted
    return list(types), _blocks(db, list(types), path.stat().st_size, count, progress)


def drawn_blocks(path: Path, mapping: TableMap, progress: Progress | None) -> Iterator[Drawn] | None:
    """The rows drawn as they are stored, some thousands at a time; None where the table has to go another way."""
    db, count, types = _opened(path)
    check_columns(mapping, types)
    sql = query(mapping, types) if NUMBER not in types else None
    if sql is None:
        db.close()
        return None
    return _drawn(db, sql, path, count, progress)


def _opened(path: Path) -> tuple[Any, int, dict[str, str]]:
    """A connection that loads nothing; how many rows the file has, and the types of its columns."""
    import duckdb

    if not path.is_file():
        raise NotFound("file", str(path), "does not exist")
    # one thread: what takes the rows takes longer than making them, and a second core has other work (`aside`)
    modest: dict[str, Any] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "threads": 1,
    }
    db = duckdb.connect(":memory:", config=modest)
    try:
        count = db.execute("SELECT count(*) FROM read_parquet(?)", [str(path)]).fetchone()
        found = db.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
    except duckdb.Error as error:
        db.close()
        raise InvalidInput("file", str(path), f"is not Parquet: {error}", "name a Parquet file") from None
    return db, count[0] if count else 0, {str(row[0]): str(row[1]) for row in found}


def _every(types: Mapping[str, str], without: str = "") -> str:
    """All columns; moments with an offset in UTC, because Python's objects for them need a library more."""
    zoned = [quoted(name) for name, kind in types.items() if kind == "TIMESTAMP WITH TIME ZONE"]
    instead = ", ".join(f"make_timestamp(epoch_us({name})) AS {name}" for name in zoned)
    return "*" + (f" EXCLUDE ({without})" if without else "") + (f" REPLACE ({instead})" if instead else "")


def _drawn(db: Any, sql: str, path: Path, count: int, progress: Progress | None) -> Iterator[Drawn]:
    line, size = 0, path.stat().st_size
    try:
        db.execute(sql, [str(path)])
        while batch := db.fetchmany(BATCH):
            ids, people, times, heads = zip(*batch, strict=True)
            yield Drawn(ids, people, times, heads, partial(_read_again, path, line, len(batch)))
            line += len(batch)
            if progress is not None:
                progress(size * line // max(count, 1), size)
    finally:
        db.close()


def _read_again(path: Path, before: int, count: int) -> Iterator[Row]:
    """These rows with all of their columns."""
    db, _, types = _opened(path)
    try:
        rows = db.execute(
            f"SELECT {_every(types, NUMBER)} FROM read_parquet(?, file_row_number = true)"  # noqa: S608 - as above
            " WHERE file_row_number >= ? AND file_row_number < ? ORDER BY file_row_number",
            [str(path), before, before + count],
        ).fetchall()
        yield from _rows(list(types), rows, before)
    finally:
        db.close()


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
