"""Detours: what follows what follows. A second step reaches items that were never seen together with the first (the
random walk of two steps; Gori and Pucci 2007, "ItemRank", IJCAI, and Xiang et al. 2010, "Temporal recommendation on
graphs via long- and short-term preference fusion", KDD, walk further on such graphs).

    M as in `transitions`, each row cut to its ``kept`` largest entries
    score(prefix) = sum over its entries of exp(-age / recency) (M M)[entry],  M M cut to `FAR` entries a row

On its own it is weaker than one step; in a blend it helps where items are rare and every pair is seen once or never.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from scipy import sparse

from salience.models.sequence.model import SequenceAlgorithm, SequenceModel
from salience.models.sequence.sequences import Sequences
from salience.models.sequence.settle import at_least
from salience.models.sequence.transitions import Moves, Transitions
from salience.models.sparse_rows import largest

FAR = 300
ROWS = 2000  # multiplied together: at most rows x kept^2 entries at once


@dataclass(frozen=True)
class Detours(SequenceAlgorithm):
    """See the module's equation; the other settings are those of `Transitions`. Memory: items x `FAR` entries."""

    name: ClassVar[str] = "detours"
    fits: ClassVar[type[SequenceModel]] = Moves
    space: ClassVar[Mapping[str, Sequence[Any]]] = {
        "reach": (1, 5, 10),
        "back": (0.0, 0.5, 1.0),
        "recency": (1.0, 2.0, 5.0),
    }

    kept: int = 50
    reach: int = 5
    decay: float = 3.0
    back: float = 0.5
    damp: float = 1.0
    novelty: float = 0.3
    recency: float = 2.0

    def fit(self, sequences: Sequences, *, seed: int = 0) -> Moves:
        """Count, then walk twice. Deterministic."""
        at_least("kept", self.kept, 1)
        one = Transitions(self.reach, self.decay, self.back, self.damp, self.novelty, self.recency)
        moves = largest(one.fit(sequences, seed=seed).moves, self.kept)
        blocks = [
            largest((moves[start : start + ROWS] @ moves).tocsr(), FAR) for start in range(0, moves.shape[0], ROWS)
        ]
        twice = sparse.vstack(blocks, format="csr") if blocks else moves
        return Moves(sequences.items, sparse.csr_array(twice), self.recency, settings=self.settings())
