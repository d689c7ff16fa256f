"""An event as it is stored: its own columns beside its JSON. Whole tables become these without ever being objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple, overload


class Written(NamedTuple):
    """One event as it is stored; ``crc`` is that of ``body``.

    Whoever hands one to a log vouches that it reads back, and holds nothing personal that would have to be sealed
    (`salience.collect.columns` does). `salience.store.rows` makes the others.
    """

    id: str
    kind: str
    subject: str
    time: int
    body: bytes
    crc: int


COLUMNS = len(Written._fields)


class Packed(Sequence[Written]):
    """Many written events as one row of values, the columns of the first, of the second ...: what a statement binds.

    >>> rows = Packed.of([Written("e1", "click", "ann", 5, b"{}", 7), Written("e2", "click", "bob", 6, b"{}", 7)])
    >>> len(rows), rows[1].subject, rows.values[6:8], rows.column("time")
    (2, 'bob', ('e2', 'click'), (5, 6))
    """

    __slots__ = ("values",)

    def __init__(self, values: tuple[Any, ...]) -> None:
        self.values = values

    @classmethod
    def of(cls, rows: Iterable[tuple[str, str, str, int, bytes, int]]) -> Packed:
        """Rows with the columns of `Written`, one after the other."""
        return cls(tuple(chain.from_iterable(rows)))

    def column(self, name: str) -> tuple[Any, ...]:
        """One column of all rows."""
        return self.values[Written._fields.index(name) :: COLUMNS]

    def __len__(self) -> int:
        return len(self.values) // COLUMNS

    def __iter__(self) -> Iterator[Written]:
        each = iter(self.values)
        return map(Written._make, zip(*[each] * COLUMNS, strict=True))

    @overload
    def __getitem__(self, at: int) -> Written: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Written]: ...

    def __getitem__(self, at: int | slice) -> Written | Sequence[Written]:
        if isinstance(at, slice):
            return list(self)[at]
        if not -len(self) <= at < len(self):
            raise IndexError(at)
        first = at % len(self) * COLUMNS
        return Written._make(self.values[first : first + COLUMNS])

    def __eq__(self, other: object) -> bool:
        return self.values == other.values if isinstance(other, Packed) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # a tuple of a million values is no key
