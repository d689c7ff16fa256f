"""Columns of text into numbers that every learner takes: typed by what the training rows hold, nothing asked.

A column of numbers with more than 12 values becomes its value (kept within its 1st to 99th hundredth) and its rank;
any other column becomes one 0/1 column a level, levels of under 20 rows together. Gaps get a column of their own. A
column that never changes, or that names every row (an id, a number that counts them), teaches nothing and is left out.

`Rows` holds the same in three views, because learners differ in what they can read:

    flat    for sums of weights and networks: as above, and the number where the levels are numbers
    tall    for trees: one column a variable where that is a number (a gap below all), else one a level
    codes   one column a variable: a number as in tall, a level as its place, the commonest first
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Cells = Mapping[str, Sequence[str]]
"""Column name -> its cells, all equally many."""

FEW = 12
LEVELS = 30
LEAST = 20
MOST = 5000  # levels of one column
SKIPS = 1.2  # numbers of rows: some rows may have been taken out
ODD = 0.2  # share of the rows that may hold words in a column of numbers
MARKS = 1000  # quantiles that stand for the training values where ranks are looked up
VIEWS = ("flat", "tall", "codes")
GAPS = frozenset({"", "?", "-", ".", "na", "n/a", "nan", "null", "none", "none?", "nil", "missing", "unknown"})


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

    def flat(self, cells: Sequence[str]) -> Floats:
        """As `encode`."""
        return self.encode(cells)

    def tall(self, cells: Sequence[str]) -> Floats:
        """(rows, 1) the value; a gap lies below all values."""
        values = numbers(cells)
        low, high = float(self.sorted_[0]), float(self.sorted_[-1])
        return np.where(np.isnan(values), low - max(1.0, high - low), values)[:, None]

    def codes(self, cells: Sequence[str]) -> Floats:
        """As `tall`."""
        return self.tall(cells)


@dataclass(frozen=True)
class Levels:
    """One 0/1 column a level; unknown and rare ones are all 0. ``base``: the commonest level, which has no column.

    ``rest``: rarer levels, which only ``codes`` tells apart.
    """

    name: str
    levels: tuple[str, ...]
    base: str = ""
    rest: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """Of its covariates."""
        return [f"{self.name}={level}" for level in self.levels]

    @property
    def known(self) -> tuple[str, ...]:
        """All levels, in the order of their codes."""
        return (self.base, *self.levels, *self.rest)

    @property
    def numeric(self) -> bool:
        """Whether all levels are numbers, so that they have an order."""
        return not np.isnan(numbers(self.known)).any()

    def encode(self, cells: Sequence[str]) -> Floats:
        """(rows, covariates)."""
        place = _places(cells, self.levels)
        known = np.flatnonzero(place < len(self.levels))
        found = np.zeros((len(cells), len(self.levels)))
        found[known, place[known]] = 1.0
        return found

    def flat(self, cells: Sequence[str]) -> Floats:
        """A column a level, and the number where the levels have one."""
        made = self._every(cells)
        return np.hstack([made, self._number(cells)]) if self.numeric and len(self.levels) > 1 else made

    def tall(self, cells: Sequence[str]) -> Floats:
        """(rows, 1) the number where the levels have one, else a column a level."""
        return self._number(cells) if self.numeric else self._every(cells)

    def codes(self, cells: Sequence[str]) -> Floats:
        """(rows, 1) 0 for the commonest, 1 for the next, ...; the last for whatever is none of them."""
        return _places(cells, self.known).astype(np.float64)[:, None]

    def _every(self, cells: Sequence[str]) -> Floats:
        """`encode` with the commonest level's column: a level that is new must not look like the commonest one."""
        common = (_places(cells, (self.base,)) == 0).astype(np.float64)[:, None]
        return np.hstack([common, self.encode(cells)])

    def _number(self, cells: Sequence[str]) -> Floats:
        values = numbers(cells)
        return np.where(np.isnan(values), float(self.base), values)[:, None]


@dataclass(frozen=True)
class Encoder:
    """What the training rows taught about the columns. ``left_out``: column -> why."""

    parts: tuple[Number | Levels, ...]
    left_out: dict[str, str]

    @property
    def names(self) -> list[str]:
        """Of the covariates that the learners see."""
        return [name for part in self.parts for name in part.names]

    def encode(self, columns: Cells, rows: int) -> Floats:
        """(rows, covariates)."""
        return self._each("encode", columns, rows)

    def rows(self, columns: Cells, rows: int) -> Rows:
        """All three views."""
        levels = tuple(0 if isinstance(part, Number) or part.numeric else len(part.known) + 1 for part in self.parts)
        return Rows.of({view: self._each(view, columns, rows) for view in VIEWS}, levels)

    def places(self) -> tuple[dict[str, slice], ...]:
        """Of each part, where its columns stand in each view."""
        found, at = [], dict.fromkeys(VIEWS, 0)
        for part in self.parts:
            wide = {view: getattr(part, view)([""]).shape[1] for view in VIEWS}
            found.append({view: slice(at[view], at[view] + wide[view]) for view in VIEWS})
            at = {view: at[view] + wide[view] for view in VIEWS}
        return tuple(found)

    def _each(self, view: str, columns: Cells, rows: int) -> Floats:
        found = [getattr(part, view)(columns[part.name]) for part in self.parts]
        return np.hstack(found) if found else np.zeros((rows, 0))


@dataclass(frozen=True, eq=False)
class Rows:
    """A table in three views, each (rows, its columns). ``levels``: of each column of ``codes``; 0 = a number."""

    flat: Floats
    tall: Floats
    codes: Floats
    levels: tuple[int, ...]

    @classmethod
    def of(cls, views: Mapping[str, Floats], levels: tuple[int, ...]) -> Rows:
        """From the views by name."""
        return cls(views["flat"], views["tall"], views["codes"], levels)

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, chosen: NDArray[np.int64]) -> Rows:
        """These rows."""
        return Rows(self.flat[chosen], self.tall[chosen], self.codes[chosen], self.levels)

    def swapped(self, places: Mapping[str, slice], others: Rows) -> Rows:
        """The same rows, but for one part of the encoder: that is taken from as many ``others``."""
        views = {}
        for view in VIEWS:
            made = getattr(self, view).copy()
            made[:, places[view]] = getattr(others, view)[:, places[view]]
            views[view] = made
        return Rows.of(views, self.levels)


def joined(parts: Sequence[Rows]) -> Rows:
    """One table below the other."""
    return Rows.of({view: np.vstack([getattr(part, view) for part in parts]) for view in VIEWS}, parts[0].levels)


def encoder(columns: Cells, *, rare: bool = False) -> Encoder:
    """Type the columns by their training rows. ``rare``: keep levels of under 20 rows, too, for ``codes``.

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
        missing = np.isnan(values)
        known = values[~missing]
        numeric = _is_numeric(counts, known, len(cells))
        whole = bool(len(known)) and bool((known == np.floor(known)).all())
        if len(counts) < 2:
            out[name] = "never changes"
        elif len(counts) == len(cells) and (not numeric or (whole and _counts_rows(known))):
            out[name] = "names every row"
        elif numeric and len(np.unique(known)) > FEW:
            low, high = np.quantile(known, [0.01, 0.99])
            parts.append(Number(name, float(low), float(high), _marks(known), bool(missing.any())))
        else:
            # the commonest level is the base: what is none of the others
            base, *others = (cell for cell, _ in counts.most_common(MOST))
            often = tuple(c for c in others if counts[c] >= min(LEAST, len(cells) // 4))[:LEVELS]
            seldom = tuple(c for c in others if c not in often and counts[c] > 1) if rare else ()
            if often or seldom:
                parts.append(Levels(name, often, base, seldom))
            else:
                out[name] = f"has no second level of {2 if rare else LEAST} rows"
    return Encoder(tuple(parts), out)


def _counts_rows(known: Floats) -> bool:
    """Whether different whole numbers look like those of rows: they rise or fall all along, or hardly skip one."""
    steps = np.diff(known)
    return bool((steps > 0).all() or (steps < 0).all() or np.ptp(known) < SKIPS * len(known))


def _is_numeric(counts: Mapping[str, int], known: Floats, rows: int) -> bool:
    """Whether a column is one of numbers: nothing else is in it but gaps; or now and then a word ("low", "inf"), which
    then counts as a gap, between numbers too many and too broken to be codes."""
    words = {cell: n for cell, n in counts.items() if cell.lower() not in GAPS and np.isnan(_number(cell))}
    if not words:
        return True
    few = len(words) <= FEW and sum(words.values()) <= ODD * rows
    return few and len(np.unique(known)) > LEVELS and bool((known != np.floor(known)).any())


def numbers(cells: Sequence[str]) -> Floats:
    """(rows,) the cells as numbers, NaN for what is none."""
    read = {cell: _number(cell) for cell in set(cells)}
    return np.fromiter(map(read.__getitem__, cells), np.float64, len(cells))


def _places(cells: Sequence[str], levels: Sequence[str]) -> NDArray[np.int64]:
    """(rows,) the place of each cell among the levels; their number for what is none. Different cells are few."""
    at = {level: n for n, level in enumerate(levels)}
    place = {cell: at.get(cell.strip(), len(levels)) for cell in set(cells)}
    return np.fromiter(map(place.__getitem__, cells), np.int64, len(cells))


def is_gap(cell: str) -> bool:
    """Whether the cell says that nothing is known."""
    return cell.strip().lower() in GAPS


def _marks(known: Floats) -> Floats:
    """The sorted values; of many, evenly spaced ones with both ends."""
    ordered = np.sort(known)
    if len(ordered) <= MARKS:
        return ordered
    return ordered[np.linspace(0, len(ordered) - 1, MARKS).round().astype(np.int64)]


def _number(cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        return np.nan
    return value if np.isfinite(value) else np.nan
