"""The contract of every recommender: an `Algorithm` (settings only) is fitted into a `Model` (immutable, arrays).

A model scores *histories*, not user ids: a row of preferences over its items. So somebody who arrived a second ago is
answered the same way as somebody it was trained on, and no retraining stands between a click and the next answer.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events.fault import InvalidInput, NotFound
from salience.events.interactions import IdMap, Interactions, Matrix
from salience.models.people import People, people_of

Floats = NDArray[np.float32]
Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Model(ABC):
    """A fitted, immutable scorer over ``items``."""

    kind: ClassVar[str]

    items: IdMap
    people: People | None = field(default=None, repr=False, kw_only=True)
    settings: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    """What it was fitted with, for people to read: JSON values, kept with the model, never used to score."""

    @abstractmethod
    def score(self, histories: Matrix) -> Floats:
        """Scores of every item for each history: (batch, items) -> (batch, items) float32; higher is better."""

    def contributions(self, history: Matrix, item: int) -> Floats:  # noqa: ARG002 - the default explains nothing
        """How much each entry of one history (1, items) adds to the score of ``item``; shape (history.nnz,).

        Exact for every model whose score is a sum over the history; zeros where a score does not depend on it.
        """
        return np.zeros(history.nnz, dtype=np.float32)

    @abstractmethod
    def arrays(self) -> Arrays:
        """What must be saved, by name. `from_arrays` gets the same back."""

    @classmethod
    @abstractmethod
    def from_arrays(cls, items: IdMap, arrays: Mapping[str, NDArray[Any]], *, people: People | None = None) -> Model:
        """The inverse of `arrays`."""

    def recommend(self, users: Sequence[str], k: int = 10) -> tuple[NDArray[np.str_], Floats]:
        """The best ``k`` items not in each user's own history: (items, scores), each of shape (users, k).

        Fewer than ``k`` left: padded with "" and -inf. Unknown users raise `NotFound`.
        """
        from salience.models.topk import best

        if self.people is None:
            raise InvalidInput("users", list(users)[:3], "this model carries no people", "use `score` with histories")
        rows = [self.people.users.code(user, "user") for user in users]
        histories: Any = self.people.histories[rows]
        found, scores = best(self.score(histories), k, leave_out=histories)
        names = np.array([*self.items.names, ""])
        return names[found], scores

    def similar(self, item: str, k: int = 10) -> tuple[NDArray[np.str_], Floats]:
        """The ``k`` items scored highest for somebody whose history is ``item`` alone; each of shape (k,)."""
        from salience.models.topk import best

        row: Any = sparse.csr_array(
            (np.ones(1, np.float32), ([0], [self.items.code(item, "item")])), shape=(1, len(self.items))
        )
        found, scores = best(self.score(row), k, leave_out=row)
        return np.array([*self.items.names, ""])[found[0]], scores[0]

    def without_people(self) -> Self:
        """The same model, no longer carrying the histories that it was fitted on."""
        return replace(self, people=None)

    def save(self, folder: str | Path) -> None:
        """Write arrays and a manifest into ``folder``. See `salience.models.files`."""
        from salience.models.files import save

        save(self, Path(folder))


@dataclass(frozen=True)
class Algorithm(ABC):
    """An unfitted recommender: a frozen set of settings, checked when made (`InvalidInput`), with one verb.

    ``name`` is what the leaderboard prints; ``fits`` is the type of the fitted model; ``space`` lists, per setting, the
    values the tuner may try.
    """

    name: ClassVar[str]
    fits: ClassVar[type[Model]]
    space: ClassVar[Mapping[str, Sequence[Any]]] = {}

    @abstractmethod
    def fit(self, data: Interactions, *, seed: int = 0) -> Model:
        """Learn from the interactions. Same data, settings and seed: the same model."""

    @classmethod
    def fit_each(cls, settings: Sequence[Self], data: Interactions, *, seed: int = 0) -> Iterator[Model]:
        """One model per setting, in order, each made when asked for. Override to share work among settings.

        What it yields equals what `fit` returns.
        """
        for setting in settings:
            yield setting.fit(data, seed=seed)

    def settings(self) -> dict[str, Any]:
        """The settings by name, ready for JSON."""
        return asdict(self)


__all__ = ["Algorithm", "Arrays", "Floats", "Model", "NotFound", "People", "people_of"]
