"""What people did, in order: ragged arrays of item codes. The input of every sequence model, fitted or asked.

Memory grows with the number of entries. Time is only order here: the newest entry of a sequence is its last one, and
the newest sequence is the last one of the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events.fault import InvalidInput
from salience.events.interactions import IdMap, Matrix

Codes = NDArray[np.int32]
Places = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Sequences:
    """Sequence s is ``codes[indptr[s]:indptr[s + 1]]``, oldest entry first; codes are places in ``items``.

    ``codes``: int32 (entries,); ``indptr``: int64 (sequences + 1,).

    >>> table = Sequences.of([["tea", "milk", "tea"], ["milk"]])
    >>> table
    Sequences(2 sequences x 2 items, 4 entries)
    >>> table.age.tolist()  # 0 is the newest entry of its sequence
    [2, 1, 0, 0]
    """

    items: IdMap
    codes: Codes
    indptr: Places

    def __post_init__(self) -> None:
        pointers = self.indptr
        if not len(pointers) or pointers[0] != 0 or pointers[-1] != len(self.codes) or (np.diff(pointers) < 0).any():
            raise InvalidInput("indptr", len(pointers), "must rise from 0 to the number of entries")
        if len(self.codes) and (self.codes.min() < 0 or self.codes.max() >= len(self.items)):
            raise InvalidInput("codes", int(self.codes.max()), f"codes must be in 0..{len(self.items) - 1}")

    def __repr__(self) -> str:
        return f"Sequences({len(self):,} sequences x {len(self.items):,} items, {len(self.codes):,} entries)"

    def __len__(self) -> int:
        return len(self.indptr) - 1

    @cached_property
    def lengths(self) -> Places:
        """Entries per sequence, (sequences,)."""
        return np.diff(self.indptr)

    @cached_property
    def row(self) -> Places:
        """The sequence of each entry, (entries,)."""
        return np.repeat(np.arange(len(self)), self.lengths)

    @cached_property
    def age(self) -> Places:
        """How many entries of the same sequence came after each, (entries,)."""
        return self.indptr[1:][self.row] - 1 - np.arange(len(self.codes))

    def rows(self, chosen: NDArray[np.int64] | slice) -> Sequences:
        """Some of the sequences, in the order asked for."""
        picked = np.arange(len(self))[chosen]
        return self.spans(self.indptr[:-1][picked], self.indptr[1:][picked])

    def newest(self, most: int) -> Sequences:
        """Each sequence cut to its newest ``most`` entries."""
        return self.spans(np.maximum(self.indptr[:-1], self.indptr[1:] - most), self.indptr[1:])

    def without_last(self) -> tuple[Sequences, Codes]:
        """Each sequence of two or more without its last entry, and those entries: (prefixes, targets).

        >>> prefixes, targets = Sequences.of([["a", "b", "c"], ["a"]]).without_last()
        >>> prefixes.lists(), targets.tolist()
        ([['a', 'b']], [2])
        """
        long = self.lengths > 1
        start, stop = self.indptr[:-1][long], self.indptr[1:][long]
        return self.spans(start, stop - 1), self.codes[stop - 1]

    def steps(self, most: int | None = None) -> tuple[Sequences, Codes]:
        """Every entry but the first as a target, with what came before it (its newest ``most``): (prefixes, targets).

        >>> prefixes, targets = Sequences.of([["a", "b", "c"]]).steps()
        >>> prefixes.lists(), targets.tolist()
        ([['a'], ['a', 'b']], [1, 2])
        """
        first = self.indptr[:-1][self.row]
        stop = np.arange(len(self.codes))
        target = stop > first
        start = first if most is None else np.maximum(first, stop - most)
        return self.spans(start[target], stop[target]), self.codes[target]

    def weighted(self, values: NDArray[np.float32]) -> Matrix:
        """Sequences x items, CSR: the sum of ``values`` (entries,) over the occurrences of each item."""
        shape = (len(self), len(self.items))
        parts = (values.astype(np.float32), self.codes, self.indptr)
        table = sparse.csr_array(parts, shape=shape, copy=True)  # a copy: summing duplicates sorts the codes in place
        table.sum_duplicates()
        return table

    def decayed(self, decay: float) -> Matrix:
        """Sequences x items, CSR: the sum of exp(-age / decay) over the occurrences of each item.

        >>> Sequences.of([["a", "b", "a"]]).decayed(1.0).toarray().round(2).tolist()
        [[1.1399999856948853, 0.3700000047683716]]
        """
        return self.weighted(np.exp(-self.age / decay).astype(np.float32))

    def lists(self) -> list[list[str]]:
        """The ids, for people to read."""
        names = self.items.names
        bounds = zip(self.indptr[:-1], self.indptr[1:], strict=True)
        return [[names[code] for code in self.codes[start:stop]] for start, stop in bounds]

    def spans(self, start: Places, stop: Places) -> Sequences:
        """Sequences of the entries ``start[s]`` to ``stop[s]`` (exclusive), places among all entries of this table."""
        lengths = stop - start
        indptr = np.concatenate(([0], np.cumsum(lengths)))
        index = np.arange(indptr[-1]) + np.repeat(start - indptr[:-1], lengths)
        return replace(self, codes=self.codes[index], indptr=indptr)

    @classmethod
    def of(cls, lists: Iterable[Sequence[str]], items: IdMap | None = None) -> Sequences:
        """From lists of ids. With ``items`` given, ids that are not among them are left out."""
        rows = list(lists)
        known = items or IdMap.of(name for row in rows for name in row)
        coded = [[known.codes[name] for name in row if name in known.codes] for row in rows]
        codes = np.array([code for row in coded for code in row], dtype=np.int32)
        return cls(known, codes, np.concatenate(([0], np.cumsum([len(row) for row in coded]))).astype(np.int64))
