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
PARTS = 8  # sums that are made side by side and then added
ENOUGH = 65_536  # entries that keep a thread busy for about a millisecond


@dataclass(frozen=True, eq=False)
class Side:
    """One side of the matrix (people's rows or items' rows) and what its steps need again and again.

    ``excess`` e of each stored entry, ``confidence`` the rows of 1 + e and ``turned`` the same by columns, ``total``
    e_u of each row, (rows, 1), ``share`` of each column in the sum of all e, (columns, 1).
    """

    weighing: Weighing
    excess: Floats
    confidence: Matrix
    turned: Matrix
    total: Floats
    share: Floats

    @classmethod
    def both(cls, by_user: Matrix, by_item: Matrix, weighing: Weighing) -> tuple[Side, Side]:
        """The sides of a matrix and of its transpose: the totals of one are the shares of the other."""
        excess = weighing.excess(by_user), weighing.excess(by_item)
        confidence = tuple(
            type(rows)((np.float32(1) + e, rows.indices, rows.indptr), shape=rows.shape)
            for rows, e in zip((by_user, by_item), excess, strict=True)
        )
        total = totals(by_user, excess[0])[:, None], totals(by_item, excess[1])[:, None]
        whole = np.float32(max(float(total[0].sum(dtype=np.float64)), 1e-12))
        users = cls(weighing, excess[0], confidence[0], confidence[1], total[0], total[1] / whole)
        return users, cls(weighing, excess[1], confidence[1], confidence[0], total[1], total[0] / whole)

    def threads(self, most: int) -> int:
        """As many as have work for a millisecond, ``most`` at most."""
        return min(most, self.confidence.nnz // ENOUGH)

    def targets(self, fixed: Floats, threads: int = 1) -> Floats:
        """b of each row, (rows, k): the confidences times the ``fixed`` factors.

        The longer of both factors is read in the order in which it lies in memory; of the shorter the cache holds most.
        """
        rows, columns = self.confidence.shape
        out = np.zeros((rows, fixed.shape[1]), np.float32)
        if rows >= columns:

            def work(pieces: Iterator[slice]) -> None:
                for piece in pieces:
                    out[piece] = self.confidence[piece] @ fixed

            share(work, even(self.confidence), self.threads(threads))
            return out
        parts: dict[int, Floats] = {}

        def add(pieces: Iterator[tuple[int, slice]]) -> None:
            for number, piece in pieces:
                parts[number] = self.turned[piece].T @ fixed[piece]

        share(add, enumerate(even(self.turned, PARTS)), self.threads(threads))
        for number in sorted(parts):  # in one order, so that the last bits do not depend on the threads
            out += parts[number]
        return out


def totals(rows: Matrix, values: Floats) -> Floats:
    """The sum of the ``values`` of each row's entries, (rows,)."""
    out = np.zeros(rows.shape[0], np.float32)
    for piece in even(rows):
        starts = rows.indptr[piece]
        some = np.flatnonzero(starts < rows.indptr[piece.start + 1 : piece.stop + 1])
        if len(some):
            own = values[starts[0] : rows.indptr[piece.stop]].astype(np.float64)
            out[piece.start + some] = np.add.reduceat(own, starts[some] - starts[0])
    return out


def even(rows: Matrix, most: int | None = None) -> Iterator[slice]:
    """Consecutive rows that hold about `ENOUGH` entries together, or as many as make ``most`` pieces."""
    step = max(ENOUGH, -(-rows.nnz // most) if most else 0)
    cuts = np.searchsorted(rows.indptr, np.arange(step, rows.nnz, step), side="right") - 1
    edges = np.unique(np.concatenate(([0], cuts, [rows.shape[0]])))
    return (slice(start, stop) for start, stop in pairwise(edges.tolist()))


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
