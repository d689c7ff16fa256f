"""User-based nearest neighbours (Resnick et al. 1994; Herlocker et al. 1999): people like you took this.

With N the k people v whose histories are most similar to the history h, s_v the similarities and Z = sum of s_v:

    cosine, jaccard:  score_i = sum over v in N of s_v r_vi / Z             a share of the neighbourhood
    pearson:          score_i = mean(h) + sum over v in N of s_v (r_vi - mean_v) / Z, over the v who rated i

The textbook example: user 1 took {1, 2, 3}, user 2 {1, 2}, user 3 {2, 3}.

>>> data = Interactions.from_rows([
...     ("1", "1", 1, 0), ("1", "2", 1, 0), ("1", "3", 1, 0),
...     ("2", "1", 1, 0), ("2", "2", 1, 0),
...     ("3", "2", 1, 0), ("3", "3", 1, 0),
... ])
>>> similarity(data.matrix).round(3).tolist()[0]  # cos(1, 2) = cos(1, 3) = 2 / sqrt(3 * 2) = 0.816
[1.0, 0.8159999847412109, 0.8159999847412109]

(A cosine above 1, as some tutorials print for this example, is a bug.) User 1's two neighbours weigh the same and one
of them took item 3, so the prediction for user 1 and item 3 is (0.816 * 0 + 0.816 * 1) / (0.816 + 0.816) = 0.5; both
neighbours of user 2 took it, so there it is 1:

>>> model = UserKNN(neighbours=2).fit(data)
>>> model.score(data.matrix).round(3).tolist()
[[0.5, 1.0, 0.5], [0.6200000047683716, 1.0, 1.0], [1.0, 1.0, 0.6200000047683716]]

A stored history identical to h is left out: it is h's own, or knows nothing that h does not. The fitted model keeps the
histories of people (without their ids), because they *are* the model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from salience.events.interactions import IdMap, Interactions, Matrix
from salience.models.files import sparse_arrays, sparse_from
from salience.models.histories import read
from salience.models.model import Algorithm, Arrays, Floats, Model, People, people_of
from salience.models.neighbours.similarity import (
    Likeness,
    Measure,
    Rows,
    alike,
    blocks,
    check,
    positive,
    similarity,
    squared,
)
from salience.models.neighbours.term_weights import WEIGHTINGS, TermWeights, Weighting
from salience.models.settings import one_of
from salience.models.sparse_rows import largest

MEASURES: tuple[Measure, ...] = ("cosine", "pearson", "jaccard")


@dataclass(frozen=True, eq=False)
class Neighbours(Model):
    """``known``: the histories compared with, CSR (people, items)."""

    kind: ClassVar[str] = "user-neighbours"

    known: Matrix
    likeness: Likeness
    neighbours: int
    binary: bool
    weighting: Weighting

    def score(self, histories: Matrix) -> Floats:
        """Find the neighbours of each history, then average what they took. Shape (batch, items)."""
        terms = TermWeights.of(self.known, self.weighting)
        asked, rows = self._prepared(histories, terms), self._prepared(self.known, terms)
        taken = self._taken(rows)
        out = np.empty(histories.shape, np.float32)
        for block in blocks(histories.shape[0], self.known.shape[0]):
            part = asked[block]
            found = self._neighbourhood(part, rows)
            total = np.maximum(found.sum(axis=1), 1e-12)
            out[block] = (found @ taken).toarray() / total[:, None] + part.means[:, None]
        return out

    def contributions(self, history: Matrix, item: int) -> Floats:
        """What each entry adds by way of the similarities; exact given the neighbours and the lengths of the rows.

        A similarity is a sum over common entries, s_v = sum_j h_j r_vj / (|h| |v|), so the score is one too.
        """
        terms = TermWeights.of(self.known, self.weighting)
        asked, rows = self._prepared(history, terms), self._prepared(self.known, terms)
        found = self._neighbourhood(asked, rows)
        who, weight = found.indices, found.data
        kept = rows.values[who]
        dots = (kept @ asked.values.T).toarray()[:, 0]
        took = self._taken(rows)[who][:, [item]].toarray()[:, 0]
        says = took * np.divide(weight, dots, out=np.zeros_like(weight), where=dots > 0)
        by_entry = kept[:, history.indices].T @ says
        mean_part = asked.means[0] / max(1, history.nnz)
        total = max(float(weight.sum()), 1e-12)
        return np.asarray(asked.values.data * by_entry / total + mean_part, dtype=np.float32)

    def _prepared(self, histories: Matrix, terms: TermWeights) -> Rows:
        return Rows.of(read(histories, binary=self.binary), self.likeness.measure, terms)

    def _taken(self, rows: Rows) -> Matrix:
        """What is averaged: ratings less their person's mean, or the histories without weights."""
        return rows.values if self.likeness.measure == "pearson" else read(self.known, binary=self.binary)

    def _neighbourhood(self, asked: Rows, rows: Rows) -> Matrix:
        scores = alike(asked, rows, self.likeness)
        return largest(positive(scores, ~_identical(asked, rows, scores)), self.neighbours)

    def arrays(self) -> Arrays:
        """The histories and the settings."""
        return {
            **sparse_arrays(self.known, "known."),
            "measure": np.array(MEASURES.index(self.likeness.measure)),
            "neighbours": np.array(self.neighbours),
            "shrink": np.array(self.likeness.shrink),
            "tilt": np.array(self.likeness.tilt),
            "weighting": np.array(WEIGHTINGS.index(self.weighting)),
            "binary": np.array(self.binary),
        }

    @classmethod
    def from_arrays(cls, items: IdMap, arrays: Mapping[str, NDArray[Any]], *, people: People | None = None) -> Self:
        """Check shapes and settings, then wrap."""
        known = sparse_from(arrays, "known.", (len(arrays["known.indptr"]) - 1, len(items)))
        told = {name: arrays[name].item() for name in ("measure", "shrink", "tilt", "neighbours", "binary")}
        likeness = Likeness(MEASURES[int(told["measure"])], float(told["shrink"]), float(told["tilt"]))
        neighbours, binary = int(told["neighbours"]), bool(told["binary"])
        weighting = WEIGHTINGS[int(arrays["weighting"].item())]
        check(likeness, neighbours, binary=binary, weighting=weighting)
        return cls(items, known, likeness, neighbours, binary, weighting, people=people)


def _identical(asked: Rows, rows: Rows, scores: Matrix) -> NDArray[np.bool_]:
    """Of each stored score, whether it is of two rows with the same entries and the same values."""
    sizes, known = np.diff(asked.present.indptr), np.diff(rows.present.indptr)
    a, b = np.repeat(np.arange(scores.shape[0]), np.diff(scores.indptr)), scores.indices
    maybe = np.flatnonzero((sizes[a] == known[b]) & (np.abs(asked.means[a] - rows.means[b]) <= 1e-6))
    differing: Matrix = asked.values[a[maybe]] - rows.values[b[maybe]]
    apart: NDArray[np.float32] = squared(differing).sum(axis=1)
    same = np.zeros(scores.nnz, dtype=bool)
    same[maybe[apart <= 1e-10]] = True
    return same


@dataclass(frozen=True)
class UserKNN(Algorithm):
    """``neighbours`` per history, by ``measure`` with ``shrink``, ``tilt`` and ``weighting``; ``binary`` reads
    histories as sets."""

    name: ClassVar[str] = "user-knn"
    fits: ClassVar[type[Model]] = Neighbours
    space: ClassVar[Mapping[str, Sequence[Any]]] = {
        "measure": ("cosine", "pearson"),
        "neighbours": (50, 150),
        "shrink": (0.0, 20.0),
        "binary": (True, False),
    }

    measure: Measure = "cosine"
    neighbours: int = 100
    shrink: float = 0.0
    binary: bool = True
    tilt: float = 0.5
    weighting: Weighting = "none"

    def __post_init__(self) -> None:
        one_of(WEIGHTINGS, weighting=self.weighting)
        check(self._likeness, self.neighbours, binary=self.binary, weighting=self.weighting)

    @property
    def _likeness(self) -> Likeness:
        return Likeness(self.measure, self.shrink, self.tilt)

    def fit(self, data: Interactions, *, seed: int = 0) -> Neighbours:  # noqa: ARG002 - deterministic
        """Keep the histories; the work is done when asked. Deterministic; ``seed`` is not used."""
        return Neighbours(
            data.items,
            data.matrix,
            self._likeness,
            self.neighbours,
            self.binary,
            self.weighting,
            people=people_of(data),
            settings=self.settings(),
        )


__all__ = ["Neighbours", "UserKNN", "similarity"]
