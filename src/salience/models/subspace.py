"""Half-steps of implicit ALS in the eigenbasis of a shared system: a few products instead of one Cholesky per row.

With the other side's factors F (columns, k) fixed, row u solves (Hu, Koren, Volinsky 2008)

    A_u x = b_u,   A_u = F'F + ridge_u I + sum over j in u of e_uj f_j f_j',   b_u = sum (1 + e_uj) f_j

where e = c - 1. Put for the last sum its mean, e_u C, with e_u = sum_j e_uj and C the mean of f f' over all stored
entries. ridge_u = reg (columns + e_u) (or reg), so what is left depends on u through e_u only,

    A_u ~ M_u = (F'F + reg columns I) + e_u (C + reg I)

and one generalised eigenproblem, W'(F'F + reg columns I) W = I and W'(C + reg I) W = diag(g), solves it for every u:
x_u = W diag(1 / (1 + e_u g)) W' b_u. `warm_start` alternates this; an iteration costs one sparse product a side.

`subspace_step` then minimises the true objective of each row over the subspace that `DIRECTIONS` steps of conjugate
gradients span, preconditioned by M_u and started from the last factors (Takacs, Pilaszy, Tikk 2011, "Applications of
the Conjugate Gradient Method for Implicit Feedback Collaborative Filtering"). No step raises the loss. Rows of about
equal length are padded into one block, so that a step is two batched products over factors that are gathered once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from salience.events.interactions import Matrix
from salience.models.model import Floats
from salience.models.weighing import Weighing

WARM = 2  # iterations of the shared system; from a random start two find the directions that matter
DIRECTIONS = 2  # of conjugate gradients a half-step: the next half-step moves the target anyway
ENTRIES = 8192  # of one block: 2 MB at 64 factors
LONGEST = 65_536  # entries of a row up to which they are gathered at once; above, their k x k matrix is summed up
SLACK = 1.15  # a block's longest row over its shortest


class Shared:
    """W, g, and W^-1 of the shared system of all rows, and the ridge's part reg W'W per unit of excess."""

    def __init__(self, rows: Matrix, fixed: Floats, weighing: Weighing) -> None:
        """Solve the generalised eigenproblem, in float64."""
        columns, k = fixed.shape
        excess = weighing.excess(rows).astype(np.float64)
        weight = np.bincount(rows.indices, weights=excess, minlength=columns)
        F = fixed.astype(np.float32)
        unit = np.eye(k)
        mean = ((F * (weight / max(weight.sum(), 1e-12)).astype(np.float32)[:, None]).T @ F).astype(np.float64)
        gram = (F.T @ F).astype(np.float64)
        per_excess = weighing.reg if weighing.scaled else 0.0
        base = gram + weighing.reg * (columns if weighing.scaled else 1) * unit
        g, W = eigh(mean + per_excess * unit, base)
        self.g: Floats = np.maximum(g, 0).astype(np.float32)
        self.W: Floats = np.ascontiguousarray(W, dtype=np.float32)
        self.inverse: Floats = np.ascontiguousarray(np.linalg.inv(W), dtype=np.float32)
        self.ridge: Floats = (per_excess * (W.T @ W)).astype(np.float32)


def totals(rows: Matrix, values: Floats) -> Floats:
    """The sum of the ``values`` of each row's entries."""
    summed = np.concatenate(([0.0], np.cumsum(values, dtype=np.float64)))
    return (summed[rows.indptr[1:]] - summed[rows.indptr[:-1]]).astype(np.float32)


def targets(rows: Matrix, fixed: Floats, excess: Floats) -> Floats:
    """b of each row."""
    weights = type(rows)((1 + excess, rows.indices, rows.indptr), shape=rows.shape)
    return np.asarray(weights @ fixed)


def shared_step(rows: Matrix, fixed: Floats, weighing: Weighing) -> Floats:
    """The factors of each row if every row had the mean excess matrix: x = W diag(1 / (1 + e g)) W' b."""
    shared, excess = Shared(rows, fixed, weighing), weighing.excess(rows)
    b = targets(rows, fixed, excess) @ shared.W
    b /= 1 + totals(rows, excess)[:, None] * shared.g
    return np.asarray(b @ shared.W.T)


def warm_start(by_user: Matrix, by_item: Matrix, items: Floats, weighing: Weighing) -> tuple[Floats, Floats]:
    """Factors of users and items after `WARM` iterations of `shared_step`."""
    for _ in range(WARM):
        users = shared_step(by_user, items, weighing)
        items = shared_step(by_item, users, weighing)
    return users, items


def subspace_step(
    rows: Matrix, fixed: Floats, start: Floats, weighing: Weighing, directions: int = DIRECTIONS
) -> Floats:
    """Better factors of each row, (rows, k), from ``start``. With many ``directions`` the exact ones."""
    shared, excess = Shared(rows, fixed, weighing), weighing.excess(rows)
    k = fixed.shape[1]
    inside = np.vstack([fixed @ shared.W, np.zeros((1, k), np.float32)])  # the last row is what padding points to
    b, total = targets(rows, inside[:-1], excess), totals(rows, excess)[:, None]
    found = start @ shared.inverse.T
    lengths = np.diff(rows.indptr)
    buffer = np.empty((max(ENTRIES, min(LONGEST, int(lengths.max(initial=0)))), k), np.float32)
    for chosen in blocks(lengths):
        spread = total[chosen]
        times = system(rows, excess, inside, chosen, spread, shared.ridge, buffer)
        found[chosen] = descend(times, b[chosen], found[chosen], np.float32(1) / (1 + spread * shared.g), directions)
    return np.asarray(found @ shared.W.T)


def blocks(lengths: NDArray[Any]) -> Iterator[NDArray[np.int64]]:
    """Rows of about equal length, at most `ENTRIES` padded entries together, or one row."""
    order = np.argsort(lengths, kind="stable")
    ordered = lengths[order]
    start = 0
    while start < len(order):
        longest = int(ordered[start] * SLACK) + 1
        alike = int(np.searchsorted(ordered, longest, side="right"))
        stop = min(alike, start + max(1, ENTRIES // longest))
        yield order[start:stop]
        start = stop


def system(
    rows: Matrix,
    excess: Floats,
    inside: Floats,
    chosen: NDArray[np.int64],
    spread: Floats,
    ridge: Floats,
    buffer: Floats,
) -> Callable[[Floats], Floats]:
    """p -> A p for a block of rows, in the shared basis: p + e_u ridge p + sum_j e_j f_j (f_j' p)."""
    starts = rows.indptr[chosen]
    lengths = rows.indptr[chosen + 1] - starts
    width = int(lengths.max(initial=0))
    if len(chosen) == 1 and width > LONGEST:
        S = sum_of_squares(inside, rows.indices[starts[0] :][:width], excess[starts[0] :][:width], buffer)
        return lambda p: p + spread * (p @ ridge) + p @ S
    at = starts[:, None] + np.arange(width)
    beyond = np.arange(width) >= lengths[:, None]
    codes = np.take(rows.indices, at, mode="clip") if width else np.zeros(at.shape, np.int32)
    e = np.take(excess, at, mode="clip") if width else np.zeros(at.shape, np.float32)
    codes[beyond] = len(inside) - 1
    # into memory that is there already: new pages would cost more than the copy
    gathered = np.take(inside, codes.ravel(), axis=0, out=buffer[: codes.size], mode="clip")
    H = gathered.reshape(*codes.shape, inside.shape[1])

    def times(p: Floats) -> Floats:
        t = np.matmul(H, p[:, :, None])[:, :, 0]
        t *= e
        out: Floats = np.matmul(t[:, None, :], H)[:, 0]
        out += p
        out += spread * (p @ ridge)
        return out

    return times


def sum_of_squares(inside: Floats, codes: NDArray[Any], excess: Floats, buffer: Floats) -> Floats:
    """sum_j e_j f_j f_j' of one long row, piece by piece."""
    S = np.zeros((inside.shape[1], inside.shape[1]), np.float32)
    for start in range(0, len(codes), ENTRIES):
        piece = codes[start : start + ENTRIES]
        H = np.take(inside, piece, axis=0, out=buffer[: len(piece)], mode="clip")
        S += (H * excess[start : start + ENTRIES, None]).T @ H
    return S


def descend(times: Callable[[Floats], Floats], b: Floats, x: Floats, precondition: Floats, directions: int) -> Floats:
    """Preconditioned conjugate gradients on a batch of systems (batch, k), from ``x``."""
    r = b - times(x)
    y = precondition * r
    p, ry = y, np.einsum("ij,ij->i", r, y)
    for _ in range(directions):
        q = times(p)
        step = (ry / np.maximum(np.einsum("ij,ij->i", p, q), 1e-30))[:, None]
        x = x + step * p
        r = r - step * q
        y = precondition * r
        after = np.einsum("ij,ij->i", r, y)
        p, ry = y + (after / np.maximum(ry, 1e-30))[:, None] * p, after
    return x
