"""A table as columns of text: between commas, semicolons, tabs, bars or spaces, with or without names, gzip or not."""

from __future__ import annotations

from collections.abc import Sequence

from salience.cli.bench.figures import figures
from salience.cli.bench.files import in_any_encoding, wrong
from salience.cli.bench.files import rows as split_rows
from salience.events.fault import InvalidInput

MARKS = "\t;,|"
UNKNOWN = frozenset({"", "NA", "N/A", "NaN", "nan", "NULL", "null", "?"})
"""Cells that say nothing."""


def cells(option: str, name: str) -> dict[str, list[str]]:
    """Column -> its cells, in the order of the file. A column without a name (a frame's index) is left out."""
    rows, mark = _rows(option, name)
    if len(rows) < 2:
        raise InvalidInput(option, name, "has no rows below a line of names", "give a CSV file with a header")
    return _numbers(_columns(option, name, [head.strip() for head in rows[0]], rows[1:], 2), mark)


def table(option: str, name: str, column: str, like: Sequence[str] = ()) -> dict[str, list[str]]:
    """As `cells`, of a file that need not have a line of names.

    Its first line holds names if ``column`` is among them and no number, if they count 0, 1, 2, ... or 1, 2, 3, ..., or
    if they are all different and none is a number. Columns without names are called "1", "2", ...; ``like``: what
    another part calls them, from which this one may lack ``column``.
    """
    rows, mark = _rows(option, name)
    if not rows:
        raise InvalidInput(option, name, "has no rows", "give a table, one row a line")
    heads = [head.strip() for head in rows[0]]
    if _named(heads, column) or (like and set(heads) >= set(like) - {column}):
        if len(rows) == 1:
            raise InvalidInput(option, name, "has no rows below its line of names", "give a table, one row a line")
        return _numbers(_columns(option, name, heads, rows[1:], 2), mark, column)
    heads = [str(place) for place in range(1, len(heads) + 1)]
    if len(like) == len(heads):
        heads = list(like)
    elif len(like) == len(heads) + 1:
        heads = [one for one in like if one != column]
    return _numbers(_columns(option, name, heads, rows, 1), mark, column)


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


def _rows(option: str, name: str) -> tuple[list[list[str]], str]:
    lines = [text for _, text in in_any_encoding(option, name)]
    if not lines:
        return [], ""
    mark = max(MARKS, key=lines[0].count)
    if mark not in lines[0]:
        return [line.split() for line in lines] if " " in lines[0].strip() else [[line] for line in lines], " "
    return list(split_rows(option, name, lines, mark, trim=True)), mark


def _numbers(columns: dict[str, list[str]], mark: str, target: str = "") -> dict[str, list[str]]:
    """Columns of numbers as people write them, `1,234.50`, `1.234,50`, `$5`, `7 %`, as `float` reads them."""
    told = {name: figures(column, UNKNOWN, comma=mark != ",") for name, column in columns.items() if name != target}
    return {name: told.get(name) or column for name, column in columns.items()}


def _columns(
    option: str, name: str, heads: Sequence[str], rows: Sequence[Sequence[str]], first: int
) -> dict[str, list[str]]:
    twice = next((head for at, head in enumerate(heads) if head and head in heads[:at]), None)
    if twice is not None:
        raise InvalidInput(option, name, f"has two columns named {twice!r}", "rename one")
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
