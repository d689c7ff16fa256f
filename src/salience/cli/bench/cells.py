"""A table as columns of text: one line of names, then rows between commas, semicolons or tabs. Gzip is opened."""

from __future__ import annotations

import csv

from salience.cli.bench.files import texts, wrong
from salience.events.fault import InvalidInput


def cells(option: str, name: str) -> dict[str, list[str]]:
    """Column -> its cells, in the order of the file. A column without a name (a frame's index) is left out."""
    lines = [text for _, text in texts(option, name)]
    if len(lines) < 2:
        raise InvalidInput(option, name, "has no rows below a line of names", "give a CSV file with a header")
    mark = max("\t;,", key=lines[0].count)
    rows = csv.reader(lines, delimiter=mark)
    heads = [head.strip() for head in next(rows)]
    if len(set(heads)) < len(heads):
        raise InvalidInput(option, name, "names two columns alike", "rename one")
    columns: list[list[str]] = [[] for _ in heads]
    for number, row in enumerate(rows, 2):
        if len(row) != len(heads):
            raise wrong(
                option, name, number, f"has {len(row)} columns, not {len(heads)}", "quote cells that hold commas"
            )
        for column, cell in zip(columns, row, strict=True):
            column.append(cell)
    return {head: column for head, column in zip(heads, columns, strict=True) if head}
