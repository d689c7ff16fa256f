"""Reading what is known of users or items: an id, then attributes; as numbers that a model can use.

Columns stand between tabs, `::`, `|`, commas or semicolons; the first line may name them (its first cell then looks
like a name: `id`, `user_id:token`, ...). MovieLens' own u.user and u.item are such files, with `|`. Each column is read
as

- flags, where it holds only 0 and 1: the column itself (u.item's genres);
- numbers, where it holds (nearly) only numbers: `BANDS` bands of about equally many rows, each a flag (ages, years);
- words otherwise: a flag per word that `LEAST` rows or more share. A cell may hold several words, between `|`, or
  between spaces where nearly all words come again in other rows. Words of fewer rows are left
  out, as they say nothing of other rows: titles, addresses.

A day such as 01-Jan-1995 counts as its year. Whoever is not in the file has no attributes.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from salience.cli.bench.files import wrong
from salience.events.fault import InvalidInput

if TYPE_CHECKING:
    from salience.events.ids import IdMap
    from salience.events.interactions import Attributes

BANDS = 8
MARKS = ("\t", "::", "|", ",", ";")
LEAST = 5
MOST = 500  # words of a column: the most frequent ones
NUMERIC = 0.95  # of the filled cells: then the others are taken for unknown
SHARED = 0.9  # of the cells have only words that others have too: then spaces stand between words, not within
DAY = re.compile(r"\d{1,2}-[A-Za-z]{3}-(\d{4})$")
NAME = re.compile(r"[A-Za-z_]*id(:\w+)?|user|item|[A-Za-z_]+:token", re.IGNORECASE)


def attributes(option: str, name: str, ids: IdMap) -> Attributes:
    """The file's attributes, a row per id; ids that the ratings do not have are passed over."""
    import numpy as np
    from scipy import sparse

    from salience.events.interactions import Attributes

    heads, rows = _table(option, name)
    known = {row[0]: row for row in rows if row[0] in ids.codes}
    if not known:
        rule = "holds none of the ids of the ratings"
        raise InvalidInput(option, name, rule, "the first column is the id, as in --train")
    who = np.array([ids.codes[key] for key in known], dtype=np.int64)
    names: list[str] = []
    place: list[tuple[int, int]] = []
    for number, head in enumerate(heads[1:], 1):
        for word, has in sorted(_flags([row[number] for row in known.values()]).items()):
            place += [(int(who[at]), len(names)) for at in has]
            names.append(f"{head}={word}")
    ones = np.ones(len(place), dtype=np.float32)
    at = np.array(place, dtype=np.int64).reshape(-1, 2)
    values = sparse.csr_array((ones, (at[:, 0], at[:, 1])), shape=(len(ids), len(names)))
    return Attributes(tuple(names), values)


def _table(option: str, name: str) -> tuple[list[str], list[list[str]]]:
    lines = _lines(option, name)
    first = lines[0]
    mark = next((m for m in MARKS if m in first), None)
    if mark is None:
        raise wrong(
            option, name, 1, "has one column", "an id, then attributes, between tabs, ::, |, commas or semicolons"
        )
    split = csv.reader(lines, delimiter=mark) if mark in (",", ";") else (line.split(mark) for line in lines)
    cells = [[c.strip() for c in row] for row in split]
    named = bool(NAME.fullmatch(cells[0][0]))
    heads = [re.sub(r":\w+$", "", cell) for cell in cells[0]] if named else [f"c{n}" for n in range(len(cells[0]))]
    rows = cells[1:] if named else cells
    for number, row in enumerate(rows, 2 if named else 1):
        if len(row) != len(heads):
            raise wrong(option, name, number, f"has {len(row)} columns, not {len(heads)}", "one line an id")
    return heads, rows


def _lines(option: str, name: str) -> list[str]:
    """The lines, as UTF-8 or else as Latin-1: MovieLens' own titles are in the latter."""
    from pathlib import Path

    from salience.collect.importers.lines import lines

    raw = b"".join(line for _, line in lines(Path(name).expanduser()))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    found = [line for line in text.splitlines() if line.strip()]
    if not found:
        raise InvalidInput(option, name, "holds no lines", "an id, then attributes")
    return found


def _flags(cells: Sequence[str]) -> dict[str, list[int]]:
    """Word -> the places of the cells that have it."""
    cells = [match[1] if (match := DAY.match(cell)) else cell for cell in cells]
    filled = {cell for cell in cells if cell}
    if filled <= {"0", "1"}:
        return {"1": [at for at, cell in enumerate(cells) if cell == "1"]}
    numbers = {at: float(cell) for at, cell in enumerate(cells) if _is_number(cell)}
    if len(numbers) >= NUMERIC * sum(1 for cell in cells if cell):
        return _bands(numbers) if len(set(numbers.values())) > BANDS else _words([[cell] for cell in cells])
    mark = "|" if any("|" in cell for cell in cells) else None
    split = [cell.split(mark) for cell in cells]
    times = Counter(word for words in split for word in words)
    shared = sum(all(times[word] >= LEAST for word in words) for words in split)
    if mark is None and (shared < SHARED * len(cells) or len(times) >= len(filled)):
        return _words([[cell] for cell in cells])
    return _words(split)


def _bands(numbers: dict[int, float]) -> dict[str, list[int]]:
    """Bands between the quantiles, by the number they begin with."""
    import numpy as np

    values = np.array(list(numbers.values()))
    edges = np.unique(np.quantile(values, np.arange(1, BANDS) / BANDS))
    found: dict[str, list[int]] = {}
    for at, band in zip(numbers, np.searchsorted(edges, values, side="right"), strict=True):
        found.setdefault(f"{edges[band - 1]:g}+" if band else "low", []).append(at)
    return found


def _words(split: Sequence[Sequence[str]]) -> dict[str, list[int]]:
    """The words that enough cells share."""
    found: dict[str, list[int]] = {}
    for at, words in enumerate(split):
        for word in dict.fromkeys(words):
            if word:
                found.setdefault(word, []).append(at)
    kept = sorted((word for word in found if len(found[word]) >= LEAST), key=lambda word: (-len(found[word]), word))
    return {word: found[word] for word in kept[:MOST]}


def _is_number(cell: str) -> bool:
    try:
        return float(cell) == float(cell)
    except ValueError:
        return False
