"""What people bought together, and in which order: the input of every next-basket model, fitted or asked.

Ragged twice: a person has baskets, a basket has items. Time is only order: the newest basket of a person is the last
one. Memory grows with the number of entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events.fault import InvalidInput
from salience.events.interactions import IdMap, Matrix

Codes = NDArray[np.int32]
Places = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Baskets:
    """Person p has the baskets ``people[p]:people[p + 1]``, oldest first; basket b ``codes[bounds[b]:bounds[b + 1]]``.

    ``codes``: int32 (entries,), places in ``items``, each at most once in a basket; ``bounds``: (baskets + 1,);
    ``people``: (persons + 1,).

    >>> table = Baskets.of([[["tea", "milk"], ["tea"]], [["milk"]]])
    >>> table
    Baskets(2 people, 3 baskets x 2 items, 4 entries)
    >>> table.age.tolist()  # of each entry's basket: 0 is the newest of its person
    [1, 1, 0, 0]
    """

    items: IdMap
    codes: Codes
    bounds: Places
    people: Places

    def __post_init__(self) -> None:
        for name, pointers, total in (
            ("bounds", self.bounds, len(self.codes)),
            ("people", self.people, len(self.bounds) - 1),
        ):
            if not len(pointers) or pointers[0] != 0 or pointers[-1] != total or (np.diff(pointers) < 0).any():
                raise InvalidInput(name, len(pointers), f"must rise from 0 to {total:,}")
        if len(self.codes) and (self.codes.min() < 0 or self.codes.max() >= len(self.items)):
            raise InvalidInput("codes", int(self.codes.max()), f"codes must be in 0..{len(self.items) - 1}")

    def __repr__(self) -> str:
        baskets = f"{len(self.bounds) - 1:,} baskets x {len(self.items):,} items"
        return f"Baskets({len(self):,} people, {baskets}, {len(self.codes):,} entries)"

    def __len__(self) -> int:
        return len(self.people) - 1

    @cached_property
    def counts(self) -> Places:
        """Baskets per person."""
        return np.diff(self.people)

    @cached_property
    def basket(self) -> Places:
        """The basket of each entry."""
        return np.repeat(np.arange(len(self.bounds) - 1), np.diff(self.bounds))

    @cached_property
    def person(self) -> Places:
        """The person of each entry."""
        owner = np.repeat(np.arange(len(self)), self.counts)
        return owner[self.basket]

    @cached_property
    def age(self) -> Places:
        """How many baskets the same person had after that of each entry."""
        return self.people[1:][self.person] - 1 - self.basket

    def rows(self, chosen: NDArray[np.int64] | slice) -> Baskets:
        """Some of the people, in the order asked for."""
        picked = np.arange(len(self))[chosen]
        return self.spans(self.people[:-1][picked], self.people[1:][picked])

    def newest(self, most: int) -> Baskets:
        """Each person's newest ``most`` baskets."""
        return self.spans(np.maximum(self.people[:-1], self.people[1:] - most), self.people[1:])

    def without_last(self) -> tuple[Baskets, Matrix, Places]:
        """Each person with two baskets or more without the last one: (histories, last baskets as 0/1 rows, who).

        >>> before, last, who = Baskets.of([[["a"], ["b", "a"]], [["a"]]]).without_last()
        >>> before.lists(), last.toarray().tolist(), who.tolist()
        ([[['a']]], [[1.0, 1.0]], [0])
        """
        who = np.flatnonzero(self.counts > 1)
        start, stop = self.people[:-1][who], self.people[1:][who]
        last = self.spans(stop - 1, stop)
        return self.spans(start, stop - 1), last.weighted(np.ones(len(last.codes), np.float32)), who

    def weighted(self, values: NDArray[np.floating[Any]]) -> Matrix:
        """People x items, CSR float32: the sum of ``values`` (entries,) over the occurrences of each item."""
        first = np.concatenate(([0], np.cumsum(np.bincount(self.person, minlength=len(self)))))
        shape = (len(self), len(self.items))
        parts = (values.astype(np.float32), self.codes, first)
        table = sparse.csr_array(parts, shape=shape, copy=True)  # a copy: summing duplicates sorts the codes in place
        table.sum_duplicates()
        return table

    def lists(self) -> list[list[list[str]]]:
        """The ids, for people to read."""
        names, edges = self.items.names, self.bounds
        baskets = [[names[c] for c in self.codes[a:b]] for a, b in pairwise(edges)]
        return [baskets[a:b] for a, b in pairwise(self.people)]

    def spans(self, start: Places, stop: Places) -> Baskets:
        """People who have the baskets ``start[p]`` to ``stop[p]`` (exclusive) of this table."""
        chosen, people = _ranges(start, stop)
        entries, bounds = _ranges(self.bounds[:-1][chosen], self.bounds[1:][chosen])
        return replace(self, codes=self.codes[entries], bounds=bounds, people=people)

    @classmethod
    def of(cls, lists: Iterable[Sequence[Sequence[str]]], items: IdMap | None = None) -> Baskets:
        """From each person's baskets, oldest first. Items twice in a basket count once; of given ``items``, no others
        are kept, nor are baskets in which nothing is left."""
        rows = [[tuple(dict.fromkeys(basket)) for basket in row] for row in lists]
        known = items or IdMap.of(name for row in rows for basket in row for name in basket)
        coded = [[[known.codes[n] for n in basket if n in known.codes] for basket in row] for row in rows]
        coded = [[basket for basket in row if basket] for row in coded]
        sizes = [len(basket) for row in coded for basket in row]
        codes = np.array([code for row in coded for basket in row for code in basket], dtype=np.int32)
        bounds = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
        return cls(known, codes, bounds, np.concatenate(([0], np.cumsum([len(row) for row in coded]))).astype(np.int64))


def _ranges(start: Places, stop: Places) -> tuple[Places, Places]:
    """All places of the ranges one after another, and where each range begins (ranges + 1,)."""
    lengths = stop - start
    first = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    return np.arange(first[-1]) + np.repeat(start - first[:-1], lengths), first
