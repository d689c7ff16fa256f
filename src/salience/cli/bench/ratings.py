"""Reading ratings: columns user, item, rating and, if there is one, time; tabs, commas, semicolons, `::` or spaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from salience.cli.bench.files import texts, wrong

if TYPE_CHECKING:
    from salience.events.interactions import Interactions

SECONDS = 100_000_000_000  # a number below this is a time in seconds (before the year 5138), else in ms
WAY_OUT = "columns are user, item, rating and, if known, time"


def ratings(train: str, test: str) -> tuple[Interactions, Interactions]:
    """Both files over the same ids."""
    import numpy as np

    from salience.events.ids import IdMap
    from salience.events.interactions import Interactions

    parts = [_rows("train", train), _rows("test", test)]
    users = IdMap.of(row[0] for rows in parts for row in rows)
    items = IdMap.of(row[1] for rows in parts for row in rows)
    tables = [
        Interactions(
            users,
            items,
            np.array([users.codes[row[0]] for row in rows], dtype=np.int32),
            np.array([items.codes[row[1]] for row in rows], dtype=np.int32),
            np.array([row[2] for row in rows], dtype=np.float32),
            np.array([row[3] for row in rows], dtype=np.int64),
        )
        for rows in parts
    ]
    return tables[0], tables[1]


def _rows(option: str, name: str) -> list[tuple[str, str, float, int]]:
    rows: list[tuple[str, str, float, int]] = []
    separator: str | None = None
    width = 0
    for number, text in texts(option, name):
        first = not width
        if first:
            separator = next((mark for mark in ("\t", "::", ",", ";") if mark in text), None)
            width = len(text.split(separator))
        cells = [cell.strip().strip('"') for cell in text.split(separator)]
        if len(cells) != width or width not in (3, 4):
            raise wrong(
                option, name, number, f"has {len(cells)} columns, not {width if width in (3, 4) else '3 or 4'}", WAY_OUT
            )
        values = [_number(cell) for cell in cells[2:]]
        if None in values and first:
            continue  # names of the columns
        if not cells[0] or not cells[1] or None in values:
            raise wrong(option, name, number, "has no user, no item, or a rating or time that is no number", WAY_OUT)
        time = (values[1] or 0.0) if len(values) > 1 else 0.0
        rows.append((cells[0], cells[1], values[0] or 0.0, int(time * 1000 if abs(time) < SECONDS else time)))
    if not rows:
        raise wrong(option, name, 1, "is the last one: there are no ratings", WAY_OUT)
    return rows


def _number(cell: str) -> float | None:
    from math import isfinite

    try:
        value = float(cell)
    except ValueError:
        return None
    return value if isfinite(value) else None
