"""Columns of text into numbers that every learner takes: typed by what the training rows hold, nothing asked.

A column of numbers with more than 12 values becomes its value (kept within its 1st to 99th hundredth) and its rank;
any other column becomes one 0/1 column a level, levels of under 20 rows together. Gaps get a column of their own. A
column that never changes, or that names every row (an id), teaches nothing and is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from salience.optimise.uplift.trial import Floats

FEW = 12
LEVELS = 30
LEAST = 20
GAPS = frozenset({"", "na", "nan", "null", "none?", "?"})


@dataclass(frozen=True)
class Number:
    """Value between ``low`` and ``high``, its rank among ``sorted_``, and whether it is missing."""

    name: str
    low: float
    high: float
    sorted_: Floats
    gaps: bool

    @property
    def names(self) -> list[str]:
        """Of its covariates."""
        return [self.name, f"{self.name} (rank)", *([f"{self.name} missing"] if self.gaps else [])]

    def encode(self, cells: Sequence[str]) -> Floats:
        """(rows, covariates); a gap stands at the median."""
        values = numbers(cells)
        gap = np.isnan(values)
        values = np.where(gap, np.median(self.sorted_), values)
        rank = np.searchsorted(self.sorted_, values) / len(self.sorted_)
        parts = [np.clip(values, self.low, self.high), rank, *([gap.astype(np.float64)] if self.gaps else [])]
        return np.stack(parts, axis=1)


@dataclass(frozen=True)
class Levels:
    """One 0/1 column a level; unknown and rare ones are all 0."""

    name: str
    levels: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        """Of its covariates."""
        return [f"{self.name}={level}" for level in self.levels]

    def encode(self, cells: Sequence[str]) -> Floats:
        """(rows, covariates)."""
        at = {level: n for n, level in enumerate(self.levels)}
        found = np.zeros((len(cells), len(self.levels)))
        for row, cell in enumerate(cells):
            if (place := at.get(cell.strip())) is not None:
                found[row, place] = 1.0
        return found


@dataclass(frozen=True)
class Encoder:
    """What the training rows taught about the columns. ``left_out``: column -> why."""

    parts: tuple[Number | Levels, ...]
    left_out: dict[str, str]

    @property
    def names(self) -> list[str]:
        """Of the covariates that the learners see."""
        return [name for part in self.parts for name in part.names]

    def encode(self, columns: Mapping[str, Sequence[str]], rows: int) -> Floats:
        """(rows, covariates)."""
        found = [part.encode(columns[part.name]) for part in self.parts]
        return np.hstack(found) if found else np.zeros((rows, 0))


def encoder(columns: Mapping[str, Sequence[str]]) -> Encoder:
    """Type the columns by their training rows.

    >>> found = encoder({"age": [str(n + 0.5) for n in range(40)], "zip": ["a", "b"] * 20, "one": ["x"] * 40})
    >>> found.names, found.left_out
    (['age', 'age (rank)', 'zip=b'], {'one': 'never changes'})
    """
    parts: list[Number | Levels] = []
    out: dict[str, str] = {}
    for name, cells in columns.items():
        stripped = [cell.strip() for cell in cells]
        counts = Counter(stripped)
        values = numbers(stripped)
        numeric = all(is_gap(cell) for cell in set(np.array(stripped, object)[np.isnan(values)]))
        known = values[~np.isnan(values)]
        whole = bool(len(known)) and bool((known == np.floor(known)).all())
        if len(counts) < 2:
            out[name] = "never changes"
        elif len(counts) == len(cells) and (whole or not numeric):
            out[name] = "names every row"
        elif numeric and len(np.unique(known)) > FEW:
            low, high = np.quantile(known, [0.01, 0.99])
            parts.append(Number(name, float(low), float(high), np.sort(known), bool(len(known) < len(values))))
        else:
            kept = sorted((c for c in counts if counts[c] >= min(LEAST, len(cells) // 4)), key=lambda c: -counts[c])
            # the commonest level is the base: what is none of the others
            if len(kept) < 2:
                out[name] = f"has no second level of {LEAST} rows"
            else:
                parts.append(Levels(name, tuple(kept[1 : LEVELS + 1])))
    return Encoder(tuple(parts), out)


def numbers(cells: Sequence[str]) -> Floats:
    """(rows,) the cells as numbers, NaN for what is none."""
    return np.array([_number(cell) for cell in cells], np.float64)


def is_gap(cell: str) -> bool:
    """Whether the cell says that nothing is known."""
    return cell.strip().lower() in GAPS


def _number(cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        return np.nan
    return value if np.isfinite(value) else np.nan
