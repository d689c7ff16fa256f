"""Sequential patterns: what people do one after the other, with anything between. Exact.

PrefixSpan (Pei et al. 2001): a pattern grows by one step at its end, and for each sequence only the place behind its
earliest occurrence is kept. A pattern's support is the share of sequences that hold it in order.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from salience.events import InvalidInput
from salience.events.interactions import IdMap

MOST = 100_000
"""Patterns at which mining stops."""

LONGEST = 6
"""Steps of a pattern unless asked otherwise: longer ones are read by nobody."""

Codes = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Sequences:
    """Sequence i is ``steps[starts[i]:starts[i + 1]]``, in order of time; ``names`` are those of the codes."""

    names: IdMap
    steps: Codes
    starts: Codes

    def __len__(self) -> int:
        return len(self.starts) - 1

    @classmethod
    def of(cls, names: IdMap, group: NDArray[np.integer], steps: NDArray[np.integer]) -> Sequences:
        """Rows in order of time within each ``group``; rows of one group stand together.

        >>> made = Sequences.of(IdMap(("a", "b")), np.array([7, 7, 9]), np.array([0, 1, 1]))
        >>> len(made), made.starts.tolist()
        (2, [0, 2, 3])
        """
        change = np.flatnonzero(np.diff(group)) + 1 if len(group) else np.empty(0, np.int64)
        ends = [len(group)] if len(group) else []
        return cls(names, steps.astype(np.int64), np.concatenate(([0], change, ends)).astype(np.int64))


class Pattern(Struct, frozen=True):
    """``steps`` in this order in ``count`` sequences (``support``, a share).

    ``confidence``: of those that did all but the last step, how many went on to it. ``lift``: how much more often the
    last step comes behind the others than anywhere, in sequences; None for a single step.
    """

    steps: tuple[str, ...]
    count: int
    support: float
    confidence: float
    lift: float | None


def patterns(
    of: Sequences, *, min_support: float, longest: int = LONGEST, most: int = MOST, closed: bool = True
) -> list[Pattern]:
    """Patterns in at least ``min_support`` of the sequences, most frequent first, longer ones first among equals.

    ``closed`` leaves out what is part of a longer pattern of the same count. More than ``most`` raise `InvalidInput`.

    >>> made = Sequences.of(IdMap(("look", "buy")), np.array([1, 1, 2, 2, 3]), np.array([0, 1, 0, 1, 0]))
    >>> [(p.steps, p.count, round(p.confidence, 2)) for p in patterns(made, min_support=0.5)]
    [(('look',), 3, 1.0), (('look', 'buy'), 2, 0.67)]
    """
    if not 0 < min_support <= 1:
        raise InvalidInput("min_support", min_support, "must be above 0 and at most 1", "0.01 is one in a hundred")
    if longest < 1:
        raise InvalidInput("longest", longest, "must be at least 1", "6 is usual")
    search = _Search(of, max(1, math.ceil(min_support * len(of) - 1e-9)), longest, most, min_support)
    every = np.arange(len(of))
    search.grow((), every, of.starts[:-1])
    found = _closed(search.found) if closed else search.found
    order = sorted(found, key=lambda steps: (-found[steps], -len(steps), steps))
    return [_pattern(steps, search.found, of) for steps in order]


class _Search:
    def __init__(self, of: Sequences, least: int, longest: int, most: int, min_support: float) -> None:
        self.of, self.least, self.longest, self.most, self.min_support = of, least, longest, most, min_support
        self.ends = of.starts[1:]
        self.found: dict[tuple[int, ...], int] = {}

    def grow(self, prefix: tuple[int, ...], which: Codes, place: Codes) -> None:
        """All patterns that go on from ``prefix``, which ends just before ``place`` in the sequences ``which``."""
        left = self.ends[which] - place
        total = int(left.sum())
        if not total:
            return
        offset = np.cumsum(left) - left
        at = np.arange(total) + np.repeat(place - offset, left)
        owner = np.repeat(np.arange(len(which)), left)
        step = self.of.steps[at]
        # rows stand in order of time within an owner, so the first of equal keys is the earliest occurrence
        key, first = np.unique(step * len(which) + owner, return_index=True)
        steps = key // len(which)
        counts = np.bincount(steps)
        for code in np.flatnonzero(counts >= self.least).tolist():
            longer = (*prefix, code)
            self.found[longer] = int(counts[code])
            if len(self.found) > self.most:
                rule = f"gives more than {self.most:,} patterns"
                way = f"raise it, e.g. to {min(1.0, float(f'{2 * self.min_support:.1g}'))}"
                raise InvalidInput("min_support", self.min_support, rule, way)
            if len(longer) < self.longest:
                low, high = np.searchsorted(steps, (code, code + 1))
                mine = first[low:high]
                self.grow(longer, which[owner[mine]], at[mine] + 1)


def _closed(found: dict[tuple[int, ...], int]) -> dict[tuple[int, ...], int]:
    """Without those that a pattern longer by one step holds with the same count."""
    held = set()
    for steps, count in found.items():
        for place in range(len(steps)):
            shorter = steps[:place] + steps[place + 1 :]
            if found.get(shorter) == count:
                held.add(shorter)
    return {steps: count for steps, count in found.items() if steps not in held}


def _pattern(steps: tuple[int, ...], found: dict[tuple[int, ...], int], of: Sequences) -> Pattern:
    n, count = len(of), found[steps]
    before = found[steps[:-1]] if len(steps) > 1 else n
    lift = count * n / (before * found[steps[-1:]]) if len(steps) > 1 else None
    confidence = count / before if len(steps) > 1 else 1.0
    return Pattern(tuple(of.names.names[code] for code in steps), count, count / n, confidence, lift)
