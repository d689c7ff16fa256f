"""A metric apart for groups of users, with an interval for each: an average may hide whom a model serves badly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from salience.evaluate.intervals import Interval, mean
from salience.events.fault import InvalidInput
from salience.events.interactions import Attributes, Matrix

NOBODY = "unknown"


def by_segment(
    values: NDArray[np.float64], segments: Sequence[str], *, seed: int = 0, least: int = 2
) -> dict[str, Interval]:
    """The mean of ``values`` (users,) in each segment of ``least`` users or more, in order of the names.

    >>> found = by_segment(np.array([1.0, 1.0, 0.0, 0.0]), ["new", "new", "old", "old"])
    >>> {name: interval.value for name, interval in found.items()}
    {'new': 1.0, 'old': 0.0}
    """
    if len(values) != len(segments):
        raise InvalidInput("segments", len(segments), f"must be one per user, of whom there are {len(values):,}")
    where = np.array(segments, dtype=object)
    told = {name: values[where == name] for name in sorted(set(segments))}
    return {name: mean(own, seed=seed) for name, own in told.items() if len(own) >= least}


def activity(histories: Matrix, groups: int = 3) -> list[str]:
    """Users in ``groups`` of about equal size by the length of their history, e.g. "1 to 4 items"; "0 items" apart."""
    size = np.diff(histories.indptr)
    some = size[size > 0]
    edges = np.unique(np.quantile(some, np.arange(1, groups) / groups, method="higher")) if len(some) else np.zeros(0)
    group = np.searchsorted(edges, size, side="left")
    width = len(str(int(size.max(initial=0))))
    names = {}
    for number in np.unique(group[size > 0]):
        own = size[(group == number) & (size > 0)]
        names[number] = f"{own.min():>{width}} to {own.max():>{width}} items"
    zero = f"{0:>{width}} items"
    return [names[number] if count else zero for number, count in zip(group, size, strict=True)]


def attribute(traits: Attributes, users: NDArray[np.int64], prefix: str) -> list[str]:
    """The first attribute of each user whose name starts with ``prefix``, e.g. "country="; else "unknown"."""
    columns = [place for place, name in enumerate(traits.names) if name.startswith(prefix)]
    if not columns:
        raise InvalidInput("by", prefix, "no attribute of users starts with this", f"e.g. {traits.names[:1]}")
    picked: Any = traits.values[users]
    table: NDArray[np.bool_] = picked[:, columns].toarray() > 0
    there = np.asarray(table.any(axis=1))
    return [
        traits.names[columns[place]] if one else NOBODY for place, one in zip(table.argmax(axis=1), there, strict=True)
    ]
