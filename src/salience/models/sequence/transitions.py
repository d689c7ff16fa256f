"""Item transitions: how often i was followed by j, near and far (a Markov chain that looks further than one step; the
first order of Rendle, Freudenthaler, Schmidt-Thieme 2010, "Factorizing Personalized Markov Chains", WWW, unfactorised;
the weights of "sequential rules" in Ludewig and Jannach 2018, "Evaluation of session-based recommendation algorithms").

    C_ij = sum over pairs (i at p, j at q = p + d, 1 <= d <= reach) of exp(-(d - 1) / decay)
    M    = diag(n_i ^ -damp) (C + back C') diag(n_j ^ -novelty)
    score(prefix) = sum over its entries of exp(-age / recency) M[entry]

with n the number of entries of an item plus one, and age 0 the newest entry. ``back`` counts what came *before*, too:
where the order within a visit is arbitrary both directions say the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events.interactions import IdMap, Matrix
from salience.models.files import sparse_arrays, sparse_from
from salience.models.model import Arrays
from salience.models.sequence.model import SequenceAlgorithm, SequenceModel
from salience.models.sequence.sequences import Sequences
from salience.models.sequence.settle import above, at_least
from salience.models.sparse_rows import scaled


@dataclass(frozen=True, eq=False)
class Moves(SequenceModel):
    """``moves[i, j]``: what an entry i says about j. ``recency``: an entry so many places back weighs 1/e."""

    kind: ClassVar[str] = "moves"

    moves: Matrix
    recency: float

    def evidence(self, prefixes: Sequences) -> Matrix:
        """The decayed prefix times the moves."""
        found: Matrix = (prefixes.decayed(self.recency) @ self.moves).tocsr()
        return found

    def arrays(self) -> Arrays:
        """The matrix, and the decay as an array of one."""
        return sparse_arrays(self.moves, "moves.") | {"recency": np.array([self.recency])}

    @classmethod
    def from_arrays(cls, items: IdMap, arrays: Mapping[str, NDArray[Any]]) -> Moves:
        """The inverse of `arrays`."""
        return cls(items, sparse_from(arrays, "moves.", (len(items), len(items))), float(arrays["recency"][0]))


@dataclass(frozen=True)
class Transitions(SequenceAlgorithm):
    """See the module's equation for the settings. Memory: one entry per pair of items seen within ``reach``."""

    name: ClassVar[str] = "transitions"
    fits: ClassVar[type[SequenceModel]] = Moves
    space: ClassVar[Mapping[str, Sequence[Any]]] = {
        "reach": (1, 10, 30),
        "decay": (2.0, 5.0, 10.0),
        "back": (0.0, 0.5, 1.0),
        "damp": (0.5, 1.0),
        "novelty": (0.0, 0.2, 0.3),
        "recency": (1.0, 3.0, 10.0),
    }

    reach: int = 10
    decay: float = 3.0
    back: float = 0.5
    damp: float = 0.5
    novelty: float = 0.2
    recency: float = 3.0

    def fit(self, sequences: Sequences, *, seed: int = 0) -> Moves:  # noqa: ARG002 - deterministic
        """Count. Deterministic; ``seed`` is not used."""
        at_least("reach", self.reach, 1)
        for setting, value in (("decay", self.decay), ("recency", self.recency)):
            above(setting, value, 0)
        for setting, value in (("back", self.back), ("damp", self.damp), ("novelty", self.novelty)):
            at_least(setting, value, 0)
        counts = followed(sequences, self.reach, self.decay)
        if self.back:
            counts = (counts + np.float32(self.back) * counts.T).tocsr()
        entries = np.bincount(sequences.codes, minlength=len(sequences.items)) + 1.0
        moves = scaled(entries**-self.damp, counts, entries**-self.novelty)
        return Moves(sequences.items, moves, self.recency, settings=self.settings())


def followed(sequences: Sequences, reach: int, decay: float) -> Matrix:
    """C of the module's equation, (items, items) CSR."""
    n = len(sequences.items)
    total: Any = sparse.csr_array((n, n), dtype=np.float32)
    for distance in range(1, reach + 1):
        earlier = np.flatnonzero(sequences.age >= distance)
        if not len(earlier):
            break
        weight = np.full(len(earlier), np.exp(-(distance - 1) / decay), dtype=np.float32)
        pairs = (sequences.codes[earlier], sequences.codes[earlier + distance])
        total = total + sparse.coo_array((weight, pairs), shape=(n, n)).tocsr()
    counts: Matrix = total
    return counts
