"""What a fit costs on a nominal machine, in seconds: so that a plan can be made before a clock has run.

Orders of magnitude from the sizes of the table and the formulas of the algorithms, measured on one core of an ordinary
server and rounded up. The plan that follows from them is the same on every machine; where they are wrong, the clock is
the brake.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from salience.events.interactions import Interactions
from salience.models.model import Algorithm

CELL = 2e-8
"""Score one item for one person and rank it."""
NEAREST = 1e-4
"""Find the nearest of one item among those that it shares people with, beyond `PAIR`."""
PAIR = 2e-8
"""Meet one pair of entries of one history, as X'X and every walk do."""
FLOP = 1e-10
"""One multiplication of a dense product, one thread."""


@dataclass(frozen=True)
class Sizes:
    """Of a table: ``pairs`` is the sum of the squared lengths of the histories."""

    users: int
    items: int
    entries: int
    pairs: int

    @classmethod
    def of(cls, data: Interactions) -> Sizes:
        """Count."""
        lengths = np.diff(data.matrix.indptr).astype(np.int64)
        return cls(len(data.users), len(data.items), int(lengths.sum()), int((lengths**2).sum()))

    def fit(self, algorithm: Algorithm) -> float:
        """Nominal seconds of one fit; an unknown algorithm costs what it takes to read the table."""
        met = self.pairs * PAIR + self.entries * 1e-6
        return met + float(FITS[algorithm.name](self, algorithm.settings())) if algorithm.name in FITS else met

    def judge(self, algorithm: Algorithm, people: int) -> float:
        """Nominal seconds of scoring and ranking all items for so many people."""
        compared = self.users if algorithm.name == "user-knn" else 0
        walked = self.pairs / max(1, self.users) * 20 * PAIR if algorithm.name in ("user-knn", "graph-filter") else 0
        return people * ((self.items + compared) * CELL + walked)


def _near_ease(size: Sizes, s: Mapping[str, Any]) -> float:
    k: int = s["neighbours"]
    return size.items * (5e-4 + 5e-6 * k + FLOP * k**3)


def _slim(size: Sizes, s: Mapping[str, Any]) -> float:
    sweeps: int = s["sweeps"]
    if not s["neighbours"]:
        return sweeps * size.items**3 * FLOP / 2
    return size.items * sweeps * (1e-3 + 1e-5 * float(s["neighbours"]))


def _lanczos(size: Sizes, s: Mapping[str, Any]) -> float:
    k: int = s["factors"]
    return k * (size.entries + (size.users + size.items) * k) * 5e-8


def _als(size: Sizes, s: Mapping[str, Any]) -> float:
    k: int = s["factors"]
    solved = (size.users + size.items) * (5e-6 + FLOP * k**3 / 4)
    return float(s["iterations"] * (solved + 2 * size.entries * k**2 * FLOP))


FITS: Mapping[str, Callable[[Sizes, Mapping[str, Any]], float]] = {
    "item-knn": lambda size, _: size.items * NEAREST,
    "p3alpha": lambda size, _: size.items * NEAREST,
    "rp3beta": lambda size, _: size.items * NEAREST,
    "ease": lambda size, _: size.items**3 * FLOP,
    "slist": lambda size, _: 6 * size.items**3 * FLOP,
    "near-ease": _near_ease,
    "slim": _slim,
    "graph-filter": _lanczos,
    "svd": _lanczos,
    "als": _als,
    "bpr": lambda size, s: s["epochs"] * size.entries * s["factors"] * (6e-8 + size.items / s["batch"] * 6e-9),
    "light-graph": lambda size, s: s["epochs"] * size.users * size.items * s["factors"] * 4 * FLOP,
}
