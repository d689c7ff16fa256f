"""JSON lines: one event per line as HTTP takes it, or one row of a table per line."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from salience.collect.decode import strict
from salience.collect.importers.lines import LONGEST, Progress, lines
from salience.collect.importers.table import Imported, Row, TableMap, check_columns, events
from salience.collect.receipt import Rejected
from salience.events import InvalidInput


def read_events(path: Path, *, progress: Progress | None = None) -> Iterator[bytes | Rejected]:
    """The lines as they are: `accept` judges each by the rules of HTTP. Raises at once for a missing file."""
    every = lines(path, progress)
    first = next(every, None)
    return _events(chain([first] if first else [], every))


def read_rows(path: Path, mapping: TableMap, *, progress: Progress | None = None) -> Iterator[Imported]:
    """The events of a table whose rows are JSON objects. The first row must have every mapped column."""
    rows = _rows(lines(path, progress))
    first = next(rows, None)
    if first is None:
        return iter(())
    if not first.broken:
        check_columns(mapping, first.cells)
    return events(chain([first], rows), mapping)


def _events(every: Iterator[tuple[int, bytes]]) -> Iterator[bytes | Rejected]:
    for number, line in every:
        if _cut(line):
            yield Rejected(line, f"line {number}: is longer than {LONGEST:,} bytes", line=number)
        elif line.strip():
            yield line.strip()


def _rows(every: Iterator[tuple[int, bytes]]) -> Iterator[Row]:
    for number, line in every:
        if _cut(line):
            yield Row(number, {}, line, f"line {number}: is longer than {LONGEST:,} bytes")
        elif line.strip():
            yield _row(number, line)


def _row(number: int, line: bytes) -> Row:
    try:
        value = strict(line, parameter=f"line {number}")
    except InvalidInput as error:
        return Row(number, {}, line, f"line {number}: {error.rule}")
    if not isinstance(value, dict):
        return Row(number, {}, line, f"line {number}: must be a JSON object")
    return Row(number, value, line)


def _cut(line: bytes) -> bool:
    return len(line) == LONGEST and not line.endswith(b"\n")
