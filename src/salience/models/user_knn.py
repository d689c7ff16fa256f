"""User-based nearest neighbours (Resnick et al. 1994; Herlocker et al. 1999): people like you took this.

With N the k people v whose histories are most similar to the history h, s_v the similarities and Z = sum of s_v:

    cosine:    score_i = sum over v in N of s_v r_vi / Z                    a share of the neighbourhood
    pearson:   score_i = mean(h) + sum over v in N of s_v (r_vi - mean_v) / Z, over the v who rated i

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
from salience.models.similarity import Measure, Rows, blocks, check, nearest, similarities, similarity, squared

MEASURES: tuple[Measure, ...] = ("cosine", "pearson")


@dataclass(frozen=True, eq=False)
class Neighbours(Model):
    """``known``: the histories compared with, CSR (people, items)."""

    kind: ClassVar[str] = "user-neighbours"

    known: Matrix
    measure: Measure
    neighbours: int
    shrink: float
    binary: bool

    def score(self, histories: Matrix) -> Floats:
        """Find the neighbours of each history, then average what they took. Shape (batch, items)."""
        asked, rows = self._prepared(histories), self._prepared(self.known)
        out = np.empty(histories.shape, np.float32)
        for block in blocks(histories.shape[0], self.known.shape[0]):
            part = Rows(asked.values[block], asked.present[block], asked.norms[block], asked.means[block])
            found = self._neighbourhood(part, rows)
            total = np.maximum(found.sum(axis=1), 1e-12)
            out[block] = (found @ rows.values).toarray() / total[:, None] + part.means[:, None]
        return out

    def contributions(self, history: Matrix, item: int) -> Floats:
        """What each entry adds by way of the similarities; exact given the neighbours and the lengths of the rows.

        A similarity is a sum over common entries, s_v = sum_j h_j r_vj / (|h| |v|), so the score is one too.
        """
        asked, rows = self._prepared(history), self._prepared(self.known)
        found = self._neighbourhood(asked, rows)
        who, weight = found.indices, found.data
        kept = rows.values[who]
        dots = (kept @ asked.values.T).toarray()[:, 0]
        says = kept[:, [item]].toarray()[:, 0] * np.divide(weight, dots, out=np.zeros_like(weight), where=dots > 0)
        by_entry = kept[:, history.indices].T @ says
        mean_part = asked.means[0] / max(1, history.nnz)
        total = max(float(weight.sum()), 1e-12)
        return np.asarray(asked.values.data * by_entry / total + mean_part, dtype=np.float32)

    def _prepared(self, histories: Matrix) -> Rows:
        return Rows.of(read(histories, binary=self.binary), self.measure)

    def _neighbourhood(self, asked: Rows, rows: Rows) -> Matrix:
        scores = similarities(asked, rows, self.measure, self.shrink)
        scores[_identical(asked, rows)] = 0
        return nearest(scores, self.neighbours)

    def arrays(self) -> Arrays:
        """The histories and the settings."""
        return {
            **sparse_arrays(self.known, "known."),
            "measure": np.array(MEASURES.index(self.measure)),
            "neighbours": np.array(self.neighbours),
            "shrink": np.array(self.shrink),
            "binary": np.array(self.binary),
        }

    @classmethod
    def from_arrays(cls, items: IdMap, arrays: Mapping[str, NDArray[Any]], *, people: People | None = None) -> Self:
        """Check shapes and settings, then wrap."""
        known = sparse_from(arrays, "known.", (len(arrays["known.indptr"]) - 1, len(items)))
        neighbours, shrink = int(arrays["neighbours"].item()), float(arrays["shrink"].item())
        measure = MEASURES[int(arrays["measure"].item())]
        binary = bool(arrays["binary"].item())
        check(measure, neighbours, shrink, binary=binary)
        return cls(items, known, measure, neighbours, shrink, binary, people=people)


def _identical(asked: Rows, rows: Rows) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs (asked, known) with the same entries and the same values."""
    common = (asked.present @ rows.present.T).toarray()
    sizes, known = np.diff(asked.present.indptr), np.diff(rows.present.indptr)
    a, b = np.nonzero((common == sizes[:, None]) & (common == known[None, :]))
    differing: Matrix = asked.values[a] - rows.values[b]
    apart: NDArray[np.float32] = squared(differing).sum(axis=1)
    same = (apart <= 1e-10) & (np.abs(asked.means[a] - rows.means[b]) <= 1e-6)
    return a[same], b[same]


@dataclass(frozen=True)
class UserKNN(Algorithm):
    """``neighbours`` per history, by ``measure`` with ``shrink``; ``binary`` reads histories as sets."""

    name: ClassVar[str] = "user-knn"
    fits: ClassVar[type[Model]] = Neighbours
    space: ClassVar[Mapping[str, Sequence[Any]]] = {
        "measure": MEASURES,
        "neighbours": (50, 150),
        "shrink": (0.0, 20.0),
        "binary": (True, False),
    }

    measure: Measure = "cosine"
    neighbours: int = 100
    shrink: float = 0.0
    binary: bool = True

    def __post_init__(self) -> None:
        check(self.measure, self.neighbours, self.shrink, binary=self.binary)

    def fit(self, data: Interactions, *, seed: int = 0) -> Neighbours:  # noqa: ARG002 - deterministic
        """Keep the histories; the work is done when asked. Deterministic; ``seed`` is not used."""
        return Neighbours(
            data.items,
            data.matrix,
            self.measure,
            self.neighbours,
            self.shrink,
            self.binary,
            people=people_of(data),
            settings=self.settings(),
        )


__all__ = ["Neighbours", "UserKNN", "similarity"]
