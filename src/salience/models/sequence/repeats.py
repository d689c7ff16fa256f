"""Repeats: people come back to what they just did (Anderson, Kumar, Tomkins, Vassilvitskii 2014, "The dynamics of
repeat consumption", WWW: recency explains most of it).

    return_b = times the next entry was one seen last ``age`` entries ago / times it could have been,  age in bucket b
    score(prefix)_i = return of the bucket of i's latest age, times (times i occurs in the prefix) ^ habit

Buckets are 0, 1, 2-3, 4-7, ... Items outside the prefix score 0. Where nobody repeats, all scores are 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events.interactions import IdMap, Matrix
from salience.models.model import Arrays
from salience.models.sequence.model import SequenceAlgorithm, SequenceModel
from salience.models.sequence.sequences import Sequences
from salience.models.sequence.settle import at_least

BUCKETS = 16
AT_ONCE = 1000  # sequences whose prefixes are written out together: at most 200 MB
LONGEST = 200
"""Of the prefixes learned from: older entries say little and a sequence of n would cost n^2."""


@dataclass(frozen=True, eq=False)
class Returns(SequenceModel):
    """``rate`` (buckets,): how often people return to an item last seen in that bucket of ages."""

    kind: ClassVar[str] = "returns"

    rate: NDArray[np.float32]
    habit: float

    def evidence(self, prefixes: Sequences) -> Matrix:
        """The rate of each item's latest age, times its count to the power of habit."""
        counts, ages = latest(prefixes)
        data = self.rate[bucket(ages.data)] * counts.data**self.habit
        return sparse.csr_array((data.astype(np.float32), counts.indices, counts.indptr), shape=counts.shape)

    def arrays(self) -> Arrays:
        """Rates and the power."""
        return {"rate": self.rate, "habit": np.array([self.habit])}

    @classmethod
    def from_arrays(cls, items: IdMap, arrays: Mapping[str, NDArray[Any]]) -> Returns:
        """The inverse of `arrays`."""
        if arrays["rate"].shape != (BUCKETS,):
            raise ValueError(f"rate: must have {BUCKETS} buckets")
        return cls(items, arrays["rate"], float(arrays["habit"][0]))


@dataclass(frozen=True)
class Repeats(SequenceAlgorithm):
    """``habit``: how much more an item counts that occurs several times in the prefix; 0 = not at all."""

    name: ClassVar[str] = "repeats"
    fits: ClassVar[type[SequenceModel]] = Returns
    space: ClassVar[Mapping[str, Sequence[Any]]] = {"habit": (0.0, 0.5, 1.0)}

    habit: float = 0.5

    def fit(self, sequences: Sequences, *, seed: int = 0) -> Returns:  # noqa: ARG002 - deterministic
        """Count. Deterministic; ``seed`` is not used."""
        at_least("habit", self.habit, 0)
        returned, could = np.zeros(BUCKETS), np.zeros(BUCKETS)
        for start in range(0, len(sequences), AT_ONCE):
            prefixes, targets = sequences.rows(slice(start, start + AT_ONCE)).steps(LONGEST)
            _, ages = latest(prefixes)
            place = bucket(ages.data)
            could += np.bincount(place, minlength=BUCKETS)
            hit = ages.indices == np.repeat(targets, np.diff(ages.indptr))
            returned += np.bincount(place[hit], minlength=BUCKETS)
        rate = returned / np.maximum(could, 1)
        return Returns(sequences.items, rate.astype(np.float32), self.habit, settings=self.settings())


def latest(prefixes: Sequences) -> tuple[Matrix, Matrix]:
    """Of each item in each prefix: how often it occurs, and the age of its latest occurrence; one sparsity pattern."""
    counts = prefixes.weighted(np.ones(len(prefixes.codes), dtype=np.float32))
    order = np.lexsort((prefixes.age, prefixes.codes, prefixes.row))
    row, code = prefixes.row[order], prefixes.codes[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (row[1:] != row[:-1]) | (code[1:] != code[:-1])
    age = prefixes.age[order][first].astype(np.float32)
    return counts, sparse.csr_array((age, counts.indices, counts.indptr), shape=counts.shape)


def bucket(age: NDArray[np.float32]) -> NDArray[np.int64]:
    """0, 1, 2-3, 4-7, ... -> 0, 1, 2, 3, ...; the last bucket is open.

    >>> bucket(np.array([0, 1, 2, 3, 4, 1e9], dtype=np.float32)).tolist()
    [0, 1, 2, 2, 3, 15]
    """
    exponent = np.floor(np.log2(np.maximum(age, 1))).astype(np.int64) + 1
    return np.minimum(np.where(age < 1, 0, exponent), BUCKETS - 1)
