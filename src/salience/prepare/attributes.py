"""What is known of things, as sparse columns: one per category and categorical trait, one per numeric trait.

- A category becomes the column ``category=Comedy``, a text or truth value ``gender=F`` or ``member=true``: 1 where it
  holds.
- A number becomes one column of its name, scaled from its smallest (0) to its largest (1) known value.
- Missing stays missing: no value is invented. A categorical trait that is missing has no 1 in any of its columns. A
  missing number would look like the smallest one, so where a numeric trait is not known of everything, the column
  ``age known`` says of whom it is. (Known rather than missing: then the columns grow with what is known, not with
  what is not.)
- Null means forgotten, hence missing. A text longer than `LONGEST` is prose, not a category, and makes no column.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any

import numpy as np
from scipy import sparse

from salience.events import Item, Scalar
from salience.events.interactions import Attributes

LONGEST = 128
"""Characters of the longest text that can name a category, as long as the longest name of a trait."""

Known = Mapping[str, Scalar]


def of_items(items: Sequence[Item | None]) -> Attributes | None:
    """Item x attribute from the newest description of each item, None where there is none; price counts as a number."""
    known: list[Known] = []
    categories: list[tuple[str, ...]] = []
    for item in items:
        known.append({} if item is None else {"price": item.price, **item.attributes})
        categories.append(() if item is None else item.categories)
    return describe(known, categories)


def describe(known: Sequence[Known], categories: Sequence[Iterable[str]] = ()) -> Attributes | None:
    """Thing x attribute, float32 in [0, 1], columns in order of first appearance; None when nothing is known at all.

    >>> people = describe([{"age": 20, "sex": "F"}, {"age": 60}, {"sex": "M"}])
    >>> people.names
    ('age', 'age known', 'sex=F', 'sex=M')
    >>> people.values.toarray().tolist()
    [[0.0, 1.0, 1.0, 0.0], [1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
    """
    columns: dict[str, int] = {}
    entries = _Entries()
    for row, names in enumerate(categories):
        for name in dict.fromkeys(names):
            entries.add(row, columns.setdefault(f"category={name}", len(columns)), 1.0)
    for name, where in _by_trait(known).items():
        if all(isinstance(value, int | float) and not isinstance(value, bool) for _, value in where):
            _number(name, where, len(known), columns, entries)
        else:
            _choice(name, where, columns, entries)
    if not columns:
        return None
    made: Any = sparse.csr_array(
        (np.array(entries.value, np.float32), (np.array(entries.row, np.int32), np.array(entries.column, np.int32))),
        shape=(len(known), len(columns)),
    )
    return Attributes(tuple(columns), made)


class _Entries:
    """The growing coordinates of a sparse matrix."""

    def __init__(self) -> None:
        self.row: list[int] = []
        self.column: list[int] = []
        self.value: list[float] = []

    def add(self, row: int, column: int, value: float) -> None:
        self.row.append(row)
        self.column.append(column)
        self.value.append(value)


Where = list[tuple[int, str | bool | int | float]]


def _by_trait(known: Sequence[Known]) -> dict[str, Where]:
    """Trait -> the things it is known of, with its values."""
    found: dict[str, Where] = {}
    for row, traits in enumerate(known):
        for name, value in traits.items():
            if value is None or (isinstance(value, float) and not isfinite(value)):
                continue
            found.setdefault(name, []).append((row, value))
    return found


def _number(name: str, where: Where, things: int, columns: dict[str, int], entries: _Entries) -> None:
    values = [float(value) for _, value in where]
    low, high = min(values), max(values)
    column = columns.setdefault(name, len(columns))
    for (row, _), value in zip(where, values, strict=True):
        if value > low:
            entries.add(row, column, (value - low) / (high - low))
    if len(where) < things:
        column = columns.setdefault(f"{name} known", len(columns))
        for row, _ in where:
            entries.add(row, column, 1.0)


def _choice(name: str, where: Where, columns: dict[str, int], entries: _Entries) -> None:
    for row, value in where:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if len(text) <= LONGEST:
            entries.add(row, columns.setdefault(f"{name}={text}", len(columns)), 1.0)
