"""The contract of every sequence model: a `SequenceAlgorithm` (settings) is fitted into a `SequenceModel` (arrays).

A sequence model scores *prefixes*, what somebody did so far in order, not user ids: a visitor's third click is answered
like the history of an old customer, with no retraining in between.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from numpy.typing import NDArray

from salience.events.interactions import IdMap, Matrix
from salience.models.model import Arrays, Floats
from salience.models.sequence.sequences import Sequences


@dataclass(frozen=True, eq=False)
class SequenceModel(ABC):
    """A fitted, immutable scorer of what comes next over ``items``."""

    kind: ClassVar[str]

    items: IdMap
    settings: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    """What it was fitted with, for people to read: JSON values, never used to score."""

    @abstractmethod
    def evidence(self, prefixes: Sequences) -> Matrix:
        """What speaks for each item after each prefix: (prefixes, items), sparse, nowhere negative.

        A blend reads it. It may hold the most likely few hundred items only; what is not stored is nearly 0.
        """

    def score(self, prefixes: Sequences) -> Floats:
        """Scores of every item after each prefix: (prefixes, items) float32, finite; higher is more likely next.

        The answer is dense: ask for a few hundred prefixes at a time.
        """
        dense: Floats = self.evidence(prefixes).toarray()
        return dense

    @abstractmethod
    def arrays(self) -> Arrays:
        """What must be saved, by name. `from_arrays` gets the same back."""

    @classmethod
    @abstractmethod
    def from_arrays(cls, items: IdMap, arrays: Mapping[str, NDArray[Any]]) -> SequenceModel:
        """The inverse of `arrays`."""


@dataclass(frozen=True)
class SequenceAlgorithm(ABC):
    """An unfitted sequence model: a frozen set of settings with one verb.

    ``name`` is what the leaderboard prints; ``fits`` is the type of the fitted model; ``space`` lists, per setting, the
    values that a tuner may try.
    """

    name: ClassVar[str]
    fits: ClassVar[type[SequenceModel]]
    space: ClassVar[Mapping[str, Sequence[Any]]] = {}

    @abstractmethod
    def fit(self, sequences: Sequences, *, seed: int = 0) -> SequenceModel:
        """Learn from the sequences, the newest last. Same sequences, settings and seed: the same model."""

    def settings(self) -> dict[str, Any]:
        """The settings by name, ready for JSON."""
        return asdict(self)
