"""Half-steps of implicit ALS in the eigenbasis of a shared system: a few products instead of one Cholesky per row.

With the other side's factors F (columns, k) fixed, row u solves (Hu, Koren, Volinsky 2008)

    A_u x = b_u,   A_u = F'F + ridge_u I + sum over j in u of e_uj f_j f_j',   b_u = sum (1 + e_uj) f_j

where e = c - 1. Put for the last sum its mean, e_u C, with e_u = sum_j e_uj and C the mean of f f' over all stored
entries. ridge_u = reg (columns + e_u) (or reg), so what is left depends on u through e_u only,

    A_u ~ M_u = (F'F + reg columns I) + e_u (C + reg I)

and one generalised eigenproblem, W'(F'F + reg columns I) W = I and W'(C + reg I) W = diag(g), solves it for every u:
x_u = W diag(1 / (1 + e_u g)) W' b_u (`shared_step`, which reads each entry once). A fit takes the items' and then the
people's factors from it, starting from a `sketch`: near enough for the first true half-step of the items, which is the
one that counts, as whoever asks is folded in exactly.

`subspace_step` then minimises the true objective of each row over the subspace that `DIRECTIONS` steps of conjugate
gradients span, preconditioned by M_u and started from the last factors (Takacs, Pilaszy, Tikk 2011, "Applications of
the Conjugate Gradient Method for Implicit Feedback Collaborative Filtering"; `models.factors.conjugate`). No step
raises the loss.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from salience.events.interactions import Matrix
from salience.models.factors import blockwise, compiled, streamed
from salience.models.factors.sides import Side, even
from salience.models.model import Floats
from salience.models.threads import share

DIRECTIONS = 2  # of conjugate gradients a half-step: the next half-step moves the target anyway
SCALE = 0.3  # length of the rows of a start, on average: a score of 1 takes factors of about length 1
CACHE = 2**24  # bytes of factors beyond which jumping about in them costs more than adding up in one order
PIECE = 4096  # rows of factors that are multiplied at once: 1 MB at 64 factors


class Shared:
    """The shared system of all rows: W, g, W^-1, the ridge's part reg W'W per unit of excess (None if there is none).

    ``inside``: F W, the factors in the basis W, (columns + 1, k); the last row is 0, what padding points to.
    """

    def __init__(self, side: Side, fixed: Floats) -> None:
        """Solve the generalised eigenproblem, in float64."""
        weighing, (columns, k) = side.weighing, fixed.shape
        unit = np.eye(k)
        gram, mean = _grams(fixed, side.share, side.threads)
        per_excess = weighing.reg if weighing.scaled else 0.0
        base = gram + weighing.reg * (columns if weighing.scaled else 1) * unit
        g, W = eigh(mean + per_excess * unit, base, check_finite=False)
        self.g: Floats = np.maximum(g, 0).astype(np.float32)
        self.W: Floats = np.ascontiguousarray(W, dtype=np.float32)
        self.inverse: Floats = np.ascontiguousarray(W.T @ base, dtype=np.float32)  # as W' base W = I
        self.ridge: Floats | None = (per_excess * (W.T @ W)).astype(np.float32) if per_excess else None
        self.inside: Floats = _times(fixed, self.W, side.threads, below=1)


def _grams(F: Floats, weights: Floats, threads: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """F'F and F' diag(weights) F, in float64."""
    k, starts = F.shape[1], range(0, len(F), PIECE)
    parts = np.zeros((2, len(starts), k, k), np.float32)

    def work(numbers: Iterator[int]) -> None:
        for number in numbers:
            rows = slice(starts[number], starts[number] + PIECE)
            parts[0, number] = F[rows].T @ F[rows]
            parts[1, number] = (F[rows] * weights[rows]).T @ F[rows]

    share(work, range(len(starts)), threads)
    gram, mean = parts.sum(axis=1, dtype=np.float64)
    return gram, mean


def _times(F: Floats, W: Floats, threads: int, below: int = 0, by: tuple[Floats, Floats] | None = None) -> Floats:
    """F W, with so many rows of zeros ``below``. ``by`` (e, g): each row of F is divided by 1 + e g first."""
    out = np.empty((len(F) + below, W.shape[1]), np.float32)
    out[len(F) :] = 0

    def work(starts: Iterator[int]) -> None:
        for start in starts:
            stop = min(start + PIECE, len(F))
            rows = F[start:stop]
            if by is not None:
                rows = rows / (1 + by[0][start:stop] * by[1])
            np.matmul(rows, W, out=out[start:stop])

    share(work, range(0, len(F), PIECE), threads)
    return out


def shared_step(side: Side, fixed: Floats) -> Floats:
    """The factors of each row if every row had the mean excess matrix: x = W diag(1 / (1 + e g)) W' b."""
    shared = Shared(side, fixed)
    passes = _passes(side, fixed)
    in_order = passes is blockwise and fixed.nbytes > CACHE
    b = side.targets(shared.inside[:-1]) if in_order else passes.targets(side, shared.inside)
    return _times(b, shared.W.T, side.threads, by=(side.total, shared.g))


def sketch(rows: Matrix, k: int, rng: np.random.Generator, threads: int = 1) -> Floats:
    """Each row as its columns' signs, added up in ``k`` places by chance, (rows, k): half as long as a factor, or so.

    Charikar, Chen, Farach-Colton (2002), "Finding Frequent Items in Data Streams"; as good a start for a range as
    normal numbers (Clarkson, Woodruff 2013), and an entry costs one addition in place of k.
    """
    place, sign = rng.integers(0, k, rows.shape[1]), rng.choice((-1.0, 1.0), rows.shape[1])
    found = np.empty((rows.shape[0], k), np.float32)

    def work(pieces: Iterator[slice]) -> None:
        for piece in pieces:
            lengths = np.diff(rows.indptr[piece.start : piece.stop + 1])
            columns = rows.indices[rows.indptr[piece.start] : rows.indptr[piece.stop]]
            at = np.repeat(np.arange(0, len(lengths) * k, k), lengths) + place[columns]
            found[piece] = np.bincount(at, sign[columns], len(lengths) * k).reshape(-1, k)

    share(work, even(rows), threads)
    found *= SCALE / max(float(np.linalg.norm(found)) / np.sqrt(max(1, len(found))), 1e-12)
    return found


def subspace_step(side: Side, fixed: Floats, start: Floats, *, directions: int = DIRECTIONS) -> Floats:
    """Better factors of each row, (rows, k), from ``start``. With many ``directions`` the exact ones."""
    shared = Shared(side, fixed)
    found = _times(start, shared.inverse.T, side.threads)
    _passes(side, fixed).improve(side, shared.inside, found, shared.ridge, shared.g, directions)
    return _times(found, shared.W.T, side.threads)


def _passes(side: Side, fixed: Floats) -> ModuleType:
    """The quickest of three ways to the same sums, by which factors fit into the cache."""
    if not compiled.there():
        return blockwise
    if fixed.nbytes <= CACHE:
        return compiled
    # far memory is better read in order; where both sides are far, better gathered once than read at every step
    return streamed if len(side.total) * fixed[0].nbytes <= CACHE else blockwise
