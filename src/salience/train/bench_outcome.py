"""What a published protocol came to: the candidates with their cost, the one that was chosen, its metrics, its answers.

Everything is chosen on a validation part of the training data. ``metrics`` are those of the test part, which nothing
before them has seen.
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import scipy
from msgspec import Struct
from numpy.typing import NDArray

from salience import __version__
from salience.evaluate.intervals import Interval
from salience.train.leaderboard import Skipped

Progress: TypeAlias = Callable[[str, int, int], None]
Clock: TypeAlias = Callable[[], float]
Columns: TypeAlias = dict[str, NDArray[Any]]
"""Equally long columns by name, in the order in which they are to be written."""


@dataclass
class Cost:
    """What a block took: wall-clock seconds, and the most bytes beyond what was in use before it."""

    seconds: float = 0.0
    peak_bytes: int = 0


Meter: TypeAlias = Callable[[], AbstractContextManager[Cost]]
"""Measures the block that it is used on; the cost is known when the block has ended."""


class Trial(Struct, frozen=True, kw_only=True):
    """One candidate: ``value`` of the protocol's metric on the validation part with its 95 % interval, and its cost."""

    name: str
    settings: dict[str, Any]
    value: float
    low: float
    high: float
    seconds: float
    peak_bytes: int
    trials: int = 1


class Scored(Struct, frozen=True, kw_only=True):
    """A recommender to compare with, on the test part, or 4,000 of its people. ``behind``: the winner less this one,
    paired by user."""

    name: str
    settings: dict[str, Any]
    metrics: dict[str, Interval]
    behind: Interval
    seconds: float
    peak_bytes: int


class Outcome(Struct, frozen=True, kw_only=True):
    """A finished task. ``leaderboard`` has the best first; ``complete`` False: the minutes ended before the search did.

    ``sizes``: how many users, items, rows and so on were read. ``seconds``: of the whole task, files left out.
    ``segments``: metric -> group of users -> its mean on the test part.
    """

    task: str
    metric: str
    judged_on: str
    leaderboard: tuple[Trial, ...]
    chosen: str
    settings: dict[str, Any]
    metrics: dict[str, Interval]
    totals: dict[str, float]
    sizes: dict[str, int]
    seed: int
    complete: bool
    seconds: float
    skipped: tuple[Skipped, ...] = ()
    versions: dict[str, str] = {}
    compared: tuple[Scored, ...] = ()
    segments: dict[str, dict[str, Interval]] = {}


def versions() -> dict[str, str]:
    """What the numbers were made with."""
    return {
        "salience": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
    }


@dataclass(frozen=True)
class Bench:
    """What every task is told besides its data: how long to search, the seed, the clock, the meter, who watches."""

    minutes: float
    seed: int
    clock: Clock
    meter: Meter
    progress: Progress


def ranked_columns(
    first: tuple[str, NDArray[Any]], codes: NDArray[np.int64], scores: NDArray[np.float32], names: tuple[str, ...]
) -> Columns:
    """One row per recommended item: ``first`` (name, one value per list), item, rank from 1, score.

    ``codes`` and ``scores``: (lists, k); the code len(names) is padding and is left out.

    >>> scores = np.ones((1, 2), np.float32)
    >>> columns = ranked_columns(("user", np.array(["ann"])), np.array([[1, 2]]), scores, ("a", "b"))
    >>> {name: column.tolist() for name, column in columns.items()}
    {'user': ['ann'], 'item': ['b'], 'rank': [1], 'score': [1.0]}
    """
    there = (codes < len(names)).ravel()
    lists, k = codes.shape
    known = np.array([*names, ""], dtype=object)
    name, values = first
    return {
        name: np.repeat(values, k)[there],
        "item": known[codes.ravel()[there]],
        "rank": np.tile(np.arange(1, k + 1, dtype=np.int32), lists)[there],
        "score": scores.ravel()[there],
    }
