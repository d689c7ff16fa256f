"""Vectors of texts without a model from elsewhere: hashed words, weighed by rarity, folded into a few directions.

Latent semantic analysis (Deerwester et al. 1990) over hashed features (Weinberger et al. 2009). For n texts and the
n x b matrix X of weighed counts, X ~ U S V' of rank d (Halko, Martinsson & Tropp 2011: a random projection, then two
passes over X); a text x becomes x V / | x V |. Words that stand in the same texts come to point the same way, so "lens"
is near "camera" in a shop that sells both. It knows what the catalogue taught it and no more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events.interactions import Matrix
from salience.models.cold.card_features import words
from salience.models.model import Arrays, Floats

BUCKETS = 1 << 15
RANK = 128
PASSES = 2


@dataclass(frozen=True, eq=False)
class HashedSvd:
    """``weights``: rarity of each bucket, (b,); ``axes``: buckets x d. See `salience.models.text.embedder`."""

    weights: Floats
    axes: Floats
    name: str = "hashed-svd"

    @property
    def width(self) -> int:
        """Numbers a text."""
        return int(self.axes.shape[1])

    @classmethod
    def learned(cls, texts: Sequence[str], *, rank: int = RANK, seed: int = 0) -> HashedSvd:
        """From the texts of a catalogue. Fewer texts than ``rank`` give as many directions as there are.

        >>> made = HashedSvd.learned(["green tea", "black tea", "red car", "fast car"], rank=2)
        >>> (made.embed(["tea"]) @ made.embed(["green", "car"]).T).round(1).tolist()
        [[1.0, 0.0]]
        """
        counts = counted(texts)
        df = np.bincount(counts.indices, minlength=BUCKETS)
        weights = np.log1p(len(texts) / np.maximum(df, 1)).astype(np.float32)
        weights[df == 0] = 0
        rows = _unit_rows(counts, weights)
        used = np.flatnonzero(df)
        rank = max(min(rank, len(texts), len(used)), 1)
        axes = np.zeros((BUCKETS, rank), np.float32)
        if len(used):
            axes[used] = _axes(sparse.csr_array(rows[:, used]), rank, np.random.default_rng(seed))
        return cls(weights, axes)

    def embed(self, texts: Sequence[str]) -> Floats:
        """(texts, d), rows of length 1; 0 where no word is known."""
        made: Floats = np.asarray(_unit_rows(counted(texts), self.weights) @ self.axes, np.float32)
        length = np.linalg.norm(made, axis=1, keepdims=True)
        return np.asarray(made / np.where(length > 1e-9, length, 1), np.float32)

    def arrays(self) -> Arrays:
        """What must be saved, by name. Buckets that no text had are left out."""
        used = np.flatnonzero(self.weights).astype(np.int64)
        return {"used": used, "weights": self.weights[used], "axes": self.axes[used]}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> HashedSvd:
        """The inverse of `arrays`; ValueError where the shapes do not fit."""
        used, weights, axes = arrays["used"], arrays["weights"], arrays["axes"]
        if used.shape != weights.shape or axes.ndim != 2 or len(axes) != len(used) or (used >= BUCKETS).any():
            raise ValueError(f"used, weights, axes: shapes {used.shape}, {weights.shape}, {axes.shape} do not fit")
        full, wide = np.zeros(BUCKETS, np.float32), np.zeros((BUCKETS, axes.shape[1]), np.float32)
        full[used], wide[used] = weights, axes
        return cls(full, wide)


def counted(texts: Sequence[str]) -> Matrix:
    """Texts x buckets: 1 + ln(count) of each word; Chinese counts by pairs of signs."""
    rows, columns = [], []
    for row, text in enumerate(texts):
        for word in words(text):
            rows.append(row)
            columns.append(crc32(word.encode()) % BUCKETS)
    made: Matrix = sparse.csr_array((np.ones(len(rows), np.float32), (rows, columns)), shape=(len(texts), BUCKETS))
    made.sum_duplicates()
    made.data = (1 + np.log(made.data)).astype(np.float32)
    return made


def _unit_rows(counts: Matrix, weights: Floats) -> Matrix:
    data = counts.data * weights[counts.indices]
    row = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    length = np.sqrt(np.bincount(row, data.astype(np.float64) ** 2, minlength=counts.shape[0]))
    scaled = (data / np.where(length > 0, length, 1)[row]).astype(np.float32)
    return sparse.csr_array((scaled, counts.indices, counts.indptr), shape=counts.shape)


def _axes(rows: Any, rank: int, rng: np.random.Generator) -> Floats:
    """The first right singular vectors, the sign of each such that its largest entry is positive: always the same."""
    projected = rows.T @ (rows @ rng.standard_normal((rows.shape[1], rank + 8)).astype(np.float32))
    for _ in range(PASSES):
        projected, _r = np.linalg.qr(projected)
        projected = rows.T @ (rows @ projected)
    basis, _r = np.linalg.qr(projected)
    _u, _s, turned = np.linalg.svd(rows @ basis, full_matrices=False)
    axes = basis @ turned[:rank].T
    signs = np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    return np.asarray(axes * np.where(signs == 0, 1, signs), np.float32)
