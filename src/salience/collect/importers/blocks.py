"""A table some thousands of rows at a time, by the shortest way that its file and its columns allow."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from salience.collect.columns import Blocks
from salience.collect.importers.aside import Task, ready, worth_it
from salience.collect.importers.delimited import csv_blocks
from salience.collect.importers.lines import Progress
from salience.collect.importers.parquet import drawn_blocks, parquet_blocks
from salience.collect.importers.table import TableMap, check_columns


def table_blocks(path: Path, parquet: bool, mapping: TableMap, progress: Progress | None) -> Blocks:
    """The rows of a Parquet or delimited file. Raises at once for a missing file, an unknown column, a faulty header.

    A large file is read by a second process where there is a core for it (`aside`); the first one stands by.
    """
    blocks = here(path, parquet, mapping, progress)
    if worth_it(path, parquet):
        blocks.aside = partial(ready, Task(str(path), parquet, mapping), progress=progress)
    return blocks


def here(path: Path, parquet: bool, mapping: TableMap, progress: Progress | None) -> Blocks:
    """The same, read by this process."""
    if not parquet:
        return Blocks(mapping, csv_blocks(path, mapping, progress))
    if (drawn := drawn_blocks(path, mapping, progress)) is not None:
        return Blocks(mapping, drawn)
    columns, blocks = parquet_blocks(path, progress)
    check_columns(mapping, columns)
    return Blocks(mapping, blocks)
