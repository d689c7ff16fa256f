"""Preconditioned conjugate gradients on many small systems of a weighted factorisation at once.

Hestenes, Stiefel (1952), "Methods of Conjugate Gradients for Solving Linear Systems". The system of row u is, in a
basis in which the part that all rows share is the unit matrix (`models.factors.subspace`),

    A = I + e_u ridge + sum over j in u of e_j f_j f_j',     b = sum over j in u of (1 + e_j) f_j

A never stands in memory: a product with it goes through the row's factors f, gathered into one array (rows, longest, k)
for a block of rows of about equal length. b needs no pass of its own either, as the first residual is

    b - A x = sum over j in u of ((1 + e_j) - e_j f_j'x) f_j  -  x  -  e_u ridge x
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from salience.events.interactions import Matrix
from salience.models.model import Floats

ENTRIES = 16_384  # of one block: 4 MB at 64 factors; fewer leave too much to Python, more leave the cache
LONGEST = 65_536  # entries of a row up to which they are gathered at once; above, their k x k matrix is summed up
SLACK = 1.15  # a block's longest row over its shortest
ONE = np.float32(1)


@dataclass(frozen=True, eq=False)
class Block:
    """Rows of about equal length: ``rows`` (n,), the columns and the excess e of their entries (n, longest).

    Where a row is shorter than the longest, its column is the one behind the last, whose factors are 0. Where all
    entries of a matrix have one e, it stands once, (1, 1).
    """

    rows: NDArray[np.int64]
    columns: NDArray[Any]
    excess: Floats

    def gathered(self, factors: Floats, buffer: Floats) -> Gathered | Summed:
        """The factors (columns + 1, k) of all entries, in the memory of ``buffer`` (`room`)."""
        if self.columns.size > len(buffer):
            return Summed(factors, self.columns[0], self.excess[0], buffer)
        # into memory that is there already: new pages would cost more than the copy
        into = buffer[: self.columns.size].reshape(*self.columns.shape, factors.shape[1])
        return Gathered(np.take(factors, self.columns, axis=0, out=into, mode="clip"), self.excess)


def cut(lengths: NDArray[Any]) -> Iterator[NDArray[np.int64]]:
    """Rows of about equal length, at most `ENTRIES` padded entries together, or one row."""
    order = np.argsort(lengths, kind="stable")
    ordered = lengths[order].astype(np.int64)  # else every search below would cast all of them
    start = 0
    while start < len(order):
        longest = int(ordered[start] * SLACK) + 1
        alike = int(np.searchsorted(ordered, longest, side="right"))
        stop = min(alike, start + max(1, ENTRIES // longest))
        yield order[start:stop]
        start = stop


def block(matrix: Matrix, excess: Floats, rows: NDArray[np.int64]) -> Block:
    """The block of these ``rows``, shortest first, with the ``excess`` of each stored entry or the one of all, (1,)."""
    if len(rows) == 1:  # as it lies there
        own = slice(matrix.indptr[rows[0]], matrix.indptr[rows[0] + 1])
        return Block(rows, matrix.indices[own][None], (excess if len(excess) == 1 else excess[own])[None])
    starts = matrix.indptr[rows].astype(np.intp)
    lengths = matrix.indptr[rows + 1] - starts
    places = np.arange(lengths.max(initial=0))
    if not len(places):
        return Block(rows, np.zeros((len(rows), 0), np.int32), np.zeros((1, 1), np.float32))
    at = starts[:, None] + places
    columns = np.take(matrix.indices, at, mode="clip")
    if lengths[0] < lengths[-1]:
        columns[places >= lengths[:, None]] = matrix.shape[1]
    return Block(rows, columns, excess[None] if len(excess) == 1 else np.take(excess, at, mode="clip"))


def room(blocks: list[Block], k: int) -> Floats:
    """Memory for the gathered factors of one block; used for all of them in turn."""
    longest = max((found.columns.size for found in blocks), default=0)
    return np.empty((max(1, min(longest, max(ENTRIES, LONGEST))), k), np.float32)


@dataclass(frozen=True, eq=False)
class Gathered:
    """``factors`` (n, longest, k) and ``excess`` (n, longest) of a block."""

    factors: Floats
    excess: Floats

    def targets(self) -> Floats:
        """b, (n, k)."""
        return self._combined(np.broadcast_to(ONE + self.excess, self.factors.shape[:2]))

    def misfit(self, x: Floats) -> Floats:
        """sum ((1 + e) - e f'x) f, (n, k)."""
        weights = self._inner(x)
        np.subtract(ONE, weights, out=weights)
        weights *= self.excess
        weights += ONE
        return self._combined(weights)

    def times(self, p: Floats) -> Floats:
        """sum e (f'p) f, (n, k)."""
        weights = self._inner(p)
        weights *= self.excess
        return self._combined(weights)

    def _inner(self, p: Floats) -> Floats:
        return np.asarray(np.matmul(self.factors, p[:, :, None])[:, :, 0])

    def _combined(self, weights: Floats) -> Floats:
        return np.asarray(np.matmul(weights[:, None, :], self.factors)[:, 0])


class Summed:
    """The same of one row that is too long to be gathered at once: its sums, piece by piece."""

    def __init__(self, factors: Floats, columns: NDArray[Any], excess: Floats, buffer: Floats) -> None:
        self._pieces = factors, columns, excess, buffer
        self._squares: Floats | None = None

    def targets(self) -> Floats:
        """b, (1, k)."""
        return np.asarray(sum((ONE + e) @ F for F, e in self._each()))[None]

    def misfit(self, x: Floats) -> Floats:
        """sum ((1 + e) - e f'x) f, (1, k)."""
        return self.targets() - self.times(x)

    def times(self, p: Floats) -> Floats:
        """p' sum e f f', (1, k)."""
        if self._squares is None:
            self._squares = np.asarray(sum((F * e[:, None]).T @ F for F, e in self._each()))
        return p @ self._squares

    def _each(self) -> Iterator[tuple[Floats, Floats]]:
        factors, columns, excess, buffer = self._pieces
        excess = np.broadcast_to(excess, columns.shape)
        for start in range(0, len(columns), len(buffer)):
            piece = columns[start : start + len(buffer)]
            F = np.take(factors, piece, axis=0, out=buffer[: len(piece)], mode="clip")
            yield F, excess[start : start + len(buffer)]


class Sums(Protocol):
    """What a descent asks of the entries of its rows."""

    def misfit(self, x: Floats) -> Floats:
        """sum ((1 + e) - e f'x) f, (n, k)."""

    def times(self, p: Floats) -> Floats:
        """sum e (f'p) f, (n, k)."""


def descend(
    own: Sums, x: Floats, spread: Floats, ridge: Floats | None, precondition: Floats, directions: int
) -> Floats:
    """``directions`` steps from ``x`` (n, k). ``spread`` e_u (n, 1), ``ridge`` (k, k), ``precondition`` (n, k)."""
    r = own.misfit(x)
    r -= x
    if ridge is not None:
        r -= spread * (x @ ridge)
    p = precondition * r
    ry = np.einsum("ij,ij->i", r, p)
    for left in reversed(range(directions)):
        q = own.times(p)
        q += p
        if ridge is not None:
            q += spread * (p @ ridge)
        step = (ry / np.maximum(np.einsum("ij,ij->i", p, q), 1e-30))[:, None]
        x = x + step * p
        if left:
            q *= step
            r -= q
            y = precondition * r
            before, ry = ry, np.einsum("ij,ij->i", r, y)
            p = y + (ry / np.maximum(before, 1e-30))[:, None] * p
    return x
