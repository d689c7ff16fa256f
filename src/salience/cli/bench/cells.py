"""A table as columns of text: between commas, semicolons, tabs, bars or spaces, with or without names, gzip or not."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence

from salience.cli.bench.files import in_any_encoding, wrong
from salience.events.fault import InvalidInput

MARKS = "\t;,|"
UNKNOWN = frozenset({"", "NA", "N/A", "NaN", "NULL", "?"})
"""Cells that say nothing."""
_COMMA = re.compile(r"\s*[-+]?(?:\d+(?:,\d*)?|,\d+)(?:[eE][-+]?\d+)?\s*")


def cells(option: str, name: str) -> dict[str, list[str]]:
    """Column -> its cells, in the order of the file. A column without a name (a frame's index) is left out."""
    rows = _rows(option, name)
    if len(rows) < 2:
        raise InvalidInput(option, name, "has no rows below a line of names", "give a CSV file with a header")
    return _columns(option, name, [head.strip() for head in rows[0]], rows[1:], 2)


def table(option: str, name: str, column: str, like: Sequence[str] = ()) -> dict[str, list[str]]:
    """As `cells`, of a file that need not have a line of names.

    Its first line holds names if ``column`` is among them and no number, if they count 0, 1, 2, ... or 1, 2, 3, ..., or
    if they are all different and none is a number. Columns without names are called "1", "2", ...; ``like``: what
    another part calls them, from which this one may lack ``column``.
    """
    rows = _rows(option, name)
    if not rows:
        raise InvalidInput(option, name, "has no rows", "give a table, one row a line")
    heads = [head.strip() for head in rows[0]]
    if _named(heads, column) or (like and set(heads) >= set(like) - {column}):
        return _columns(option, name, heads, rows[1:], 2)
    heads = [str(place) for place in range(1, len(heads) + 1)]
    if len(like) == len(heads):
        heads = list(like)
    elif len(like) == len(heads) + 1:
        heads = [one for one in like if one != column]
    return _columns(option, name, heads, rows, 1)


def column_of(columns: Sequence[str], option: str, word: str) -> str:
    """The column that ``word`` means: its name, its place from 1, or "last"."""
    if word in columns:
        return word
    if word in ("last", "-1"):
        return columns[-1]
    if word.isdecimal() and 1 <= int(word) <= len(columns):
        return columns[int(word) - 1]
    way_out = f"it has {', '.join(columns[:8])}{', ...' if len(columns) > 8 else ''}; or give its place, or `last`"
    raise InvalidInput(option, word, "is no column of the table", way_out)


def _named(heads: Sequence[str], column: str) -> bool:
    if any(heads == [str(n) for n in range(first, first + len(heads))] for first in (0, 1)):
        return True
    if column in heads and not _is_number(column):
        return True
    return not any(_is_number(head) for head in heads) and len(set(heads)) == len(heads)


def _rows(option: str, name: str) -> list[list[str]]:
    lines = [text for _, text in in_any_encoding(option, name)]
    if not lines:
        return []
    mark = max(MARKS, key=lines[0].count)
    if mark not in lines[0]:
        return [line.split() for line in lines] if " " in lines[0].strip() else [[line] for line in lines]
    rows = list(csv.reader(lines, delimiter=mark, skipinitialspace=True))
    return rows if mark == "," else _with_points(rows)


def _with_points(rows: list[list[str]]) -> list[list[str]]:
    """Columns of decimal commas, as Europe's spreadsheets write them, with points.

    >>> _with_points([["x", "y"], ["1,5", "a"], ["2", "b"], ["NA", "1,5"]])
    [['x', 'y'], ['1.5', 'a'], ['2', 'b'], ['NA', '1,5']]
    """
    for column in range(len(rows[0])):
        told = [row[column] for row in rows[1:] if len(row) > column and row[column].strip() not in UNKNOWN]
        if any("," in cell for cell in told) and all(_COMMA.fullmatch(cell) for cell in told):
            for row in rows[1:]:
                if len(row) > column:
                    row[column] = row[column].replace(",", ".")
    return rows


def _columns(
    option: str, name: str, heads: Sequence[str], rows: Sequence[Sequence[str]], first: int
) -> dict[str, list[str]]:
    if len({head for head in heads if head}) < sum(map(bool, heads)):
        raise InvalidInput(option, name, "names two columns alike", "rename one")
    columns: list[list[str]] = [[] for _ in heads]
    for number, row in enumerate(rows, first):
        if len(row) != len(heads):
            raise wrong(
                option, name, number, f"has {len(row)} columns, not {len(heads)}", "quote cells that hold commas"
            )
        for column, cell in zip(columns, row, strict=True):
            column.append(cell)
    return {head: column for head, column in zip(heads, columns, strict=True) if head}


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
