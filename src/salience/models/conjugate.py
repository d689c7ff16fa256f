"""Preconditioned conjugate gradients on many small systems of a weighted factorisation at once.

Each row u of a sparse matrix has the system A_u p = p + e_u ridge p + sum over j in u of e_uj f_j (f_j' p). Its matrix
is never formed: rows of about equal length are padded into one block, their factors f_j are gathered once, and A p is
two batched products over them (Takacs, Pilaszy, Tikk 2011, "Applications of the Conjugate Gradient Method for Implicit
Feedback Collaborative Filtering").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from salience.events.interactions import Matrix
from salience.models.model import Floats

ENTRIES = 8192  # of one block: 2 MB at 64 factors
LONGEST = 65_536  # entries of a row up to which they are gathered at once; above, their k x k matrix is summed up
SLACK = 1.15  # a block's longest row over its shortest


def room(lengths: NDArray[Any], k: int) -> Floats:
    """Memory for the gathered factors of one block; used for all of them, as new pages cost more than the copy."""
    return np.empty((max(ENTRIES, min(LONGEST, int(lengths.max(initial=0)))), k), np.float32)


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
