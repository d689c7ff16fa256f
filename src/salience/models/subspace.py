"""Half-steps of implicit ALS in the eigenbasis of a shared system: a few products instead of one Cholesky per row.

With the other side's factors F (columns, k) fixed, row u solves (Hu, Koren, Volinsky 2008)

    A_u x = b_u,   A_u = F'F + ridge_u I + sum over j in u of e_uj f_j f_j',   b_u = sum (1 + e_uj) f_j

where e = c - 1. Put for the last sum its mean, e_u C, with e_u = sum_j e_uj and C the mean of f f' over all stored
entries. ridge_u = reg (columns + e_u) (or reg), so what is left depends on u through e_u only,

    A_u ~ M_u = (F'F + reg columns I) + e_u (C + reg I)

and one generalised eigenproblem, W'(F'F + reg columns I) W = I and W'(C + reg I) W = diag(g), solves it for every u:
x_u = W diag(1 / (1 + e_u g)) W' b_u. `warm_start` alternates this; an iteration costs one sparse product a side. Its
people are near enough for the first true half-step of the items, which is the one that counts: whoever asks is folded
in exactly.

`subspace_step` then minimises the true objective of each row over the subspace that `DIRECTIONS` steps of conjugate
gradients span, preconditioned by M_u and started from the last factors (Takacs, Pilaszy, Tikk 2011, "Applications of
the Conjugate Gradient Method for Implicit Feedback Collaborative Filtering"; `models.conjugate`). No step raises the
loss.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from salience.events.interactions import Matrix
from salience.models.conjugate import blocks, descend, room, system
from salience.models.model import Floats
from salience.models.threads import share
from salience.models.weighing import Weighing

WARM = 2  # iterations of the shared system; from a random start two find the directions that matter
DIRECTIONS = 2  # of conjugate gradients a half-step: the next half-step moves the target anyway
ENOUGH = 65_536  # entries that keep a thread busy for about a millisecond


@dataclass(frozen=True, eq=False)
class Side:
    """One side of the matrix (people's rows or items' rows) and what its steps need again and again.

    ``excess`` e of each stored entry, ``confidence`` the rows of 1 + e, ``total`` e_u of each row, (rows, 1), ``share``
    of each column in the sum of all e, (columns, 1).
    """

    weighing: Weighing
    excess: Floats
    confidence: Matrix
    total: Floats
    share: Floats

    @classmethod
    def of(cls, rows: Matrix, weighing: Weighing) -> Side:
        """Weigh the entries of ``rows``."""
        excess = weighing.excess(rows)
        confidence = type(rows)((np.float32(1) + excess, rows.indices, rows.indptr), shape=rows.shape)
        summed = np.concatenate(([0.0], np.cumsum(excess, dtype=np.float64)))
        total = (summed[rows.indptr[1:]] - summed[rows.indptr[:-1]]).astype(np.float32)
        column = np.bincount(rows.indices, weights=excess, minlength=rows.shape[1])
        share = (column / max(float(summed[-1]), 1e-12)).astype(np.float32)
        return cls(weighing, excess, confidence, total[:, None], share[:, None])

    def pieces(self) -> Iterator[slice]:
        """Consecutive rows that hold about `ENOUGH` entries together."""
        pointers = self.confidence.indptr
        cuts = np.searchsorted(pointers, np.arange(ENOUGH, self.confidence.nnz, ENOUGH), side="right") - 1
        edges = np.unique(np.concatenate(([0], cuts, [len(pointers) - 1])))
        return (slice(start, stop) for start, stop in pairwise(edges.tolist()))

    def threads(self, most: int) -> int:
        """As many as have work for a millisecond, ``most`` at most."""
        return min(most, self.confidence.nnz // ENOUGH)

    def targets(self, fixed: Floats, threads: int = 1) -> Floats:
        """b of each row, (rows, k): the confidences times the ``fixed`` factors."""
        c = self.confidence
        out = np.empty((c.shape[0], fixed.shape[1]), np.float32)

        def work(pieces: Iterator[slice]) -> None:
            for piece in pieces:
                out[piece] = c[piece] @ fixed

        share(work, self.pieces(), self.threads(threads))
        return out


class Shared:
    """W, g, and W^-1 of the shared system of all rows, and the ridge's part reg W'W per unit of excess."""

    def __init__(self, side: Side, fixed: Floats) -> None:
        """Solve the generalised eigenproblem, in float64."""
        weighing, (columns, k) = side.weighing, fixed.shape
        unit = np.eye(k)
        F = fixed.astype(np.float32)
        mean = ((F * side.share).T @ F).astype(np.float64)
        gram = (F.T @ F).astype(np.float64)
        per_excess = weighing.reg if weighing.scaled else 0.0
        base = gram + weighing.reg * (columns if weighing.scaled else 1) * unit
        g, W = eigh(mean + per_excess * unit, base)
        self.g: Floats = np.maximum(g, 0).astype(np.float32)
        self.W: Floats = np.ascontiguousarray(W, dtype=np.float32)
        self.inverse: Floats = np.ascontiguousarray(np.linalg.inv(W), dtype=np.float32)
        self.ridge: Floats = (per_excess * (W.T @ W)).astype(np.float32)


def shared_step(side: Side, fixed: Floats, threads: int = 1) -> Floats:
    """The factors of each row if every row had the mean excess matrix: x = W diag(1 / (1 + e g)) W' b."""
    shared = Shared(side, fixed)
    b = side.targets(fixed @ shared.W, threads)
    b /= 1 + side.total * shared.g
    return np.asarray(b @ shared.W.T)


def warm_start(users: Side, items: Side, Y: Floats, threads: int = 1) -> tuple[Floats, Floats]:
    """Factors of users and items after `WARM` iterations of `shared_step` from the items' ``Y``; users once more."""
    for _ in range(WARM):
        X = shared_step(users, Y, threads)
        Y = shared_step(items, X, threads)
    return shared_step(users, Y, threads), Y


def subspace_step(
    side: Side, fixed: Floats, start: Floats, *, directions: int = DIRECTIONS, threads: int = 1
) -> Floats:
    """Better factors of each row, (rows, k), from ``start``. With many ``directions`` the exact ones."""
    shared, rows = Shared(side, fixed), side.confidence
    k = fixed.shape[1]
    inside = np.vstack([fixed @ shared.W, np.zeros((1, k), np.float32)])  # the last row is what padding points to
    b = side.targets(inside[:-1], threads)
    found = start @ shared.inverse.T
    lengths = np.diff(rows.indptr)

    def work(pieces: Iterator[NDArray[np.int64]]) -> None:
        buffer = room(lengths, k)
        for chosen in pieces:
            spread = side.total[chosen]
            times = system(rows, side.excess, inside, chosen, spread, shared.ridge, buffer)
            precondition = np.float32(1) / (1 + spread * shared.g)
            found[chosen] = descend(times, b[chosen], found[chosen], precondition, directions)

    share(work, blocks(lengths), side.threads(threads))
    return np.asarray(found @ shared.W.T)
