"""Numbers into few bins: naive Bayes counts in them, and trees look for their edges in them.

Bin b of a column holds x with edge[b-1] < x <= edge[b]. A column with few distinct values gets an edge half-way between
each two of them, so that nothing is lost; any other gets edges at equally many rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from salience.models.model import Arrays
from salience.models.predictor.columns import Floats

Places = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Bins:
    """``edges`` of all columns behind one another, column c from ``starts[c]`` to ``starts[c + 1]``, ascending."""

    edges: Floats
    starts: Places

    @classmethod
    def of(cls, x: Floats, most: int) -> Bins:
        """At most ``most`` bins a column of (rows, columns).

        >>> Bins.of(np.array([[1.0], [3.0], [3.0]]), 4).edges.tolist()
        [2.0]
        """
        found = [_edges(np.sort(column), most) for column in x.T]
        return cls(np.concatenate([np.zeros(0), *found]), np.cumsum([0, *map(len, found)]).astype(np.int64))

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def sizes(self) -> Places:
        """(columns,) how many bins each has."""
        return np.diff(self.starts) + 1

    def of_column(self, column: int) -> Floats:
        """Its edges."""
        return self.edges[self.starts[column] : self.starts[column + 1]]

    def places(self, x: Floats) -> NDArray[np.int32]:
        """(rows, columns) the bin of each value."""
        found = np.empty(x.shape, np.int32)
        for column in range(len(self)):
            found[:, column] = np.searchsorted(self.of_column(column), x[:, column], side="left")
        return found

    def arrays(self) -> Arrays:
        """Two arrays."""
        return {"edges": self.edges, "starts": self.starts}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Bins:
        """The inverse; ValueError where the starts lead outside."""
        edges, starts = arrays["edges"], arrays["starts"]
        if not len(starts) or starts[0] != 0 or starts[-1] != len(edges) or (np.diff(starts) < 0).any():
            raise ValueError("starts: must rise from 0 to the number of edges")
        return cls(edges, starts)


def _edges(ordered: Floats, most: int) -> Floats:
    distinct = ordered[np.concatenate(([True], ordered[1:] > ordered[:-1]))] if len(ordered) else ordered
    if len(distinct) > most:
        at = (np.arange(1, most) * len(ordered) / most).astype(np.int64)
        low = np.unique(ordered[at - 1])
        above = np.minimum(np.searchsorted(distinct, low, side="right"), len(distinct) - 1)
        return np.unique((low + distinct[above]) / 2)
    return (distinct[1:] + distinct[:-1]) / 2
