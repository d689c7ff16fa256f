"""Who did what to which item, as columns: the one table that preparation hands to mining, models and evaluation.

Memory grows with the number of rows, never with users x items.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events.fault import InvalidInput
from salience.events.ids import IdMap
from salience.events.pairs import ends, pair_blocks

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

Matrix: TypeAlias = "sparse.csr_array[np.float32]"


@dataclass(frozen=True, eq=False)
class Attributes:
    """What is known of things, sparse: ``values[thing, attribute]``, e.g. item x genre. ``names`` are the columns."""

    names: tuple[str, ...]
    values: Matrix


@dataclass(frozen=True, eq=False)
class Interactions:
    """Rows (user, item, value, time), coded. ``value`` is in [0, 1]; ``time`` in ms since 1970 UTC (0 = unknown).

    ``user``, ``item``: int32 codes, shape (n,); ``value``: float32 (n,); ``time``: int64 (n,).
    ``attributes`` describe items, ``traits`` describe users; both optional, row = code.

    >>> data = Interactions.from_rows([("ann", "tea", 1.0, 1), ("ann", "milk", 0.5, 2), ("bob", "tea", 1.0, 3)])
    >>> data
    Interactions(2 users x 2 items, 3 rows)
    >>> data.matrix.toarray().tolist()
    [[1.0, 0.5], [1.0, 0.0]]
    """

    users: IdMap
    items: IdMap
    user: NDArray[np.int32]
    item: NDArray[np.int32]
    value: NDArray[np.float32]
    time: NDArray[np.int64]
    attributes: Attributes | None = field(default=None)
    traits: Attributes | None = field(default=None)

    def __post_init__(self) -> None:
        sizes = {len(self.user), len(self.item), len(self.value), len(self.time)}
        if len(sizes) != 1:
            raise InvalidInput("columns", sorted(sizes), "must be equally long")
        for name, codes, ids in (("user", self.user, self.users), ("item", self.item, self.items)):
            if len(codes) and (codes.min() < 0 or codes.max() >= len(ids)):
                raise InvalidInput(name, int(codes.max()), f"codes must be in 0..{len(ids) - 1}")
        if not np.isfinite(self.value).all():
            raise InvalidInput("value", "NaN or infinite", "must be finite numbers", "drop or fill them first")

    def __repr__(self) -> str:
        return f"Interactions({len(self.users):,} users x {len(self.items):,} items, {len(self):,} rows)"

    def __len__(self) -> int:
        return len(self.user)

    @cached_property
    def matrix(self) -> Matrix:
        """Users x items, CSR float32, sorted indices. A pair that occurs often keeps its largest value."""
        return _largest(self.user, self.item, self.value, (len(self.users), len(self.items)))

    def rows(self, keep: NDArray[np.bool_]) -> Interactions:
        """The same ids, some of the rows."""
        return replace(self, user=self.user[keep], item=self.item[keep], value=self.value[keep], time=self.time[keep])

    @classmethod
    def from_rows(cls, rows: Sequence[tuple[str, str, float, int]]) -> Interactions:
        """From (user, item, value, time) tuples, e.g. in a test or an example."""
        users, items = IdMap.of(r[0] for r in rows), IdMap.of(r[1] for r in rows)
        return cls(
            users=users,
            items=items,
            user=np.array([users.codes[r[0]] for r in rows], dtype=np.int32),
            item=np.array([items.codes[r[1]] for r in rows], dtype=np.int32),
            value=np.array([r[2] for r in rows], dtype=np.float32),
            time=np.array([r[3] for r in rows], dtype=np.int64),
        )

    @classmethod
    def from_frame(
        cls, frame: IntoFrame, *, user: str, item: str, value: str | None = None, time: str | None = None
    ) -> Interactions:
        """From a pandas, Polars, PyArrow or DuckDB table; `salience.events.frames` says how its columns are read."""
        from salience.events.frames import coded  # narwhals is heavy, and serving never needs it

        return cls(**coded(frame, user=user, item=item, value=value, time=time)._asdict())


def _largest(
    row: NDArray[np.int32], col: NDArray[np.int32], value: NDArray[np.float32], shape: tuple[int, int]
) -> Matrix:
    """A CSR matrix in which duplicates keep the largest value, in a time linear in the rows."""
    indptr = np.zeros(shape[0] + 1, np.int32)
    largest, columns, end = np.empty(len(row), np.float32), np.empty(len(row), np.int32), 0
    for first, last, order, starts in pair_blocks(row, col, *shape):
        begin, end, of_pair = end, end + len(starts), order[starts]
        indptr[first + 1 : last + 1] = begin + ends(row[of_pair] - first, last - first)[1:]
        if len(order):
            np.maximum.reduceat(value[order], starts, out=largest[begin:end])
        columns[begin:end] = col[of_pair]
    for part in (largest, columns):
        part.resize(end, refcheck=False)  # no copy: what repeated pairs left over is given back
    return sparse.csr_array((largest, columns, indptr), shape=shape)


__all__ = ["Attributes", "IdMap", "Interactions", "Matrix"]
