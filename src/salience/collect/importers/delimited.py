"""CSV and TSV files: a header, then rows; a broken row is rejected with its line, and the rest goes on."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path

from salience.collect.columns import Block
from salience.collect.importers.lines import LONGEST, Progress, lines
from salience.collect.importers.table import Imported, Row, TableMap, check_columns, events
from salience.events import InvalidInput

BATCH = 2_000
_DELIMITERS = ("\t", ",", ";", "|")


def read_csv(
    path: Path, mapping: TableMap, *, delimiter: str = "", progress: Progress | None = None
) -> Iterator[Imported]:
    """The events of a table with a header. ``delimiter`` is guessed from the header if it is not given.

    Raises at once for a missing file, an unknown column, a repeated or empty header.
    """
    cells = _Cells(path, delimiter, progress)
    check_columns(mapping, cells.header)
    return events(cells.rows(), mapping)


def csv_blocks(path: Path, mapping: TableMap, progress: Progress | None = None) -> Iterator[Block]:
    """The rows some thousands at a time, by column; a broken row is left to `Block.rows`. Raises as `read_csv`."""
    cells = _Cells(path, "", progress)
    check_columns(mapping, cells.header)
    return _blocks(cells.rows(), list(dict.fromkeys(mapping.columns.values())))


def _blocks(rows: Iterator[Row], names: list[str]) -> Iterator[Block]:
    while batch := list(islice(rows, BATCH)):
        whole = not any(row.broken for row in batch)
        columns = {name: [row.cells[name] for row in batch] for name in names} if whole else {}
        yield Block(columns, partial(iter, batch), len(batch) if whole else 0)


def csv_rows(path: Path, progress: Progress | None = None) -> Iterator[Row]:
    """The rows as they are."""
    return _Cells(path, "", progress).rows()


class _Cells:
    """The lines of a file as rows. ``csv`` wants text lines and says nothing of bytes, so those are kept beside it."""

    def __init__(self, path: Path, delimiter: str, progress: Progress | None) -> None:
        self._lines = lines(path, progress)
        first = next(self._lines, (1, b""))[1]
        try:
            text = first.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise InvalidInput("file", str(path), "must be UTF-8 text", "convert it with: iconv -t utf-8") from None
        delimiter = delimiter or max(_DELIMITERS, key=text.count)
        self._reader = csv.reader(self._texts(), delimiter=delimiter)
        self._taken: list[bytes] = []
        self._line, self._broken = 1, ""
        self.header = next(csv.reader([text], delimiter=delimiter), [])
        if not self.header:
            raise InvalidInput("file", str(path), "is empty", "its first line must name the columns")
        if len(set(self.header)) < len(self.header):
            raise InvalidInput("file", str(path), f"repeats a column in {', '.join(self.header)}", "rename one")

    def rows(self) -> Iterator[Row]:
        while True:
            self._taken, self._broken = [], ""
            try:
                row = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                row, self._broken = [], self._broken or str(error)
            if not row and not self._broken:
                continue
            if not self._broken and len(row) != len(self.header):
                self._broken = f"has {len(row)} cells, the header has {len(self.header)}"
            broken = self._broken and f"line {self._line}: {self._broken}"
            yield Row(self._line, dict(zip(self.header, row, strict=False)), b"".join(self._taken), broken)

    def _texts(self) -> Iterator[str]:
        for number, line in self._lines:
            self._line = number
            self._taken.append(line)
            try:
                text = line.decode()
            except UnicodeDecodeError:
                text, self._broken = line.decode(errors="replace"), "is not UTF-8"
            if len(line) == LONGEST and not line.endswith(b"\n"):
                self._broken = f"is longer than {LONGEST:,} bytes"
                text = ""
            yield text
