"""Content: items like those of the history, by their attributes. Works for an item that nobody has touched yet.

Attributes are weighted by how rare they are (IDF; Sparck Jones 1972), items compared by cosine (Salton 1975):

    f_i = (a_i * log(1 + n / df)) / | . |,       score_i = sum over j of h_j (f_j . f_i) / sum over j of h_j

The score is a weighted mean of cosines: 1 means "exactly what this person takes". Only the sparse item x attribute
matrix is kept, never item x item.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events.fault import InvalidInput
from salience.events.interactions import IdMap, Interactions, Matrix
from salience.models.files import sparse_arrays, sparse_from
from salience.models.histories import read
from salience.models.model import Algorithm, Arrays, Floats, Model, People, people_of


@dataclass(frozen=True, eq=False)
class ItemFeatures(Model):
    """``features``: items x attributes, CSR float32, rows of length 1 (or empty: such an item scores 0)."""

    kind: ClassVar[str] = "item-features"

    features: Matrix
    binary: bool

    def score(self, histories: Matrix) -> Floats:
        """The mean cosine between each item and the items of the history, weighted by the history's values."""
        weights = _shares(read(histories, binary=self.binary))
        return ((weights @ self.features) @ self.features.T).toarray()

    def contributions(self, history: Matrix, item: int) -> Floats:
        """Each entry's cosine times its share of the history; they sum to the score."""
        cosines = (self.features[history.indices] @ self.features[[item]].T).toarray()[:, 0]
        return (_shares(read(history, binary=self.binary)).data * cosines).astype(np.float32)

    def arrays(self) -> Arrays:
        """The sparse matrix, its number of columns and the flag."""
        width = np.array(self.features.shape[1], dtype=np.int64)
        return {**sparse_arrays(self.features, "features."), "attributes": width, "binary": np.array(self.binary)}

    @classmethod
    def from_arrays(cls, items: IdMap, arrays: Mapping[str, NDArray[Any]], *, people: People | None = None) -> Self:
        """Check the shapes, then wrap."""
        shape = (len(items), int(arrays["attributes"].item()))
        return cls(items, sparse_from(arrays, "features.", shape), bool(arrays["binary"].item()), people=people)


@dataclass(frozen=True)
class Content(Algorithm):
    """Cosine over item attributes weighted by IDF. Data without attributes are refused."""

    name: ClassVar[str] = "content"
    fits: ClassVar[type[Model]] = ItemFeatures
    space: ClassVar[Mapping[str, Sequence[Any]]] = {"binary": (True, False)}

    binary: bool = True

    def fit(self, data: Interactions, *, seed: int = 0) -> ItemFeatures:  # noqa: ARG002 - deterministic
        """Weigh and scale the attributes. Deterministic; ``seed`` is not used."""
        if data.attributes is None or not data.attributes.values.nnz:
            raise InvalidInput("attributes", None, "content needs item attributes", "send item events with categories")
        values = data.attributes.values
        n = len(data.items)
        if values.shape[0] != n:
            raise InvalidInput("attributes", values.shape, f"must have one row per item, {n:,}")
        frequency = np.bincount(values.indices, minlength=values.shape[1])
        idf = np.log1p(n / np.maximum(frequency, 1)).astype(np.float32)
        weighed = sparse.csr_array(
            (values.data.astype(np.float32) * idf[values.indices], values.indices, values.indptr), shape=values.shape
        )
        return ItemFeatures(data.items, _unit(weighed), self.binary, people=people_of(data), settings=self.settings())


def _unit(matrix: Matrix) -> Matrix:
    """Rows scaled to length 1; empty rows stay empty."""
    length = np.sqrt((matrix**2).sum(axis=1))
    return _rows_divided(matrix, length)


def _shares(histories: Matrix) -> Matrix:
    """Rows scaled to sum 1; rows that sum to 0 stay as they are."""
    return _rows_divided(histories, histories.sum(axis=1))


def _rows_divided(matrix: Matrix, by: NDArray[Any]) -> Matrix:
    divisor = np.repeat(np.where(by > 0, by, 1), np.diff(matrix.indptr))
    data = (matrix.data / divisor).astype(np.float32)
    return sparse.csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)
