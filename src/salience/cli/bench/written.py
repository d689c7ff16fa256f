"""Predictions as a Parquet file, through DuckDB; whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from salience.events.fault import InvalidInput

if TYPE_CHECKING:
    from salience.train.bench_outcome import Columns


def check(name: str | None) -> None:
    """Refuse a place that cannot be written to, before minutes are spent."""
    if name is None:
        return
    path = Path(name).expanduser()
    if path.is_dir():
        raise InvalidInput("out", name, "is a folder", "name a file")
    if not path.parent.is_dir():
        raise InvalidInput("out", name, "its folder does not exist", "make it first")


def write(name: str | None, columns: Columns) -> None:
    """Write the columns in their order; an older file of that name is replaced when the new one is whole."""
    if name is None:
        return
    import duckdb

    path = Path(name).expanduser()
    part = path.with_name(f".{path.name}.part")
    connection = duckdb.connect(":memory:", config={"autoload_known_extensions": "false"})
    try:
        connection.register("predictions", columns)
        target = str(part).replace("'", "''")
        connection.execute(f"COPY (SELECT * FROM predictions) TO '{target}' (FORMAT parquet)")  # noqa: S608 - quoted above
        part.replace(path)
    except duckdb.Error as error:
        raise InvalidInput("out", name, f"cannot be written: {error}", "check the disk") from None
    finally:
        connection.close()
        part.unlink(missing_ok=True)
