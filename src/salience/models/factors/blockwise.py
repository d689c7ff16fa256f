"""The passes of a half-step over all entries, with NumPy: block by block, each block on one thread."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from salience.models.factors.conjugate import Block, descend, room
from salience.models.factors.sides import Side
from salience.models.model import Floats
from salience.models.threads import share


def targets(side: Side, factors: Floats) -> Floats:
    """b = sum (1 + e) f of each row, (rows, k), of the ``factors`` (columns + 1, k), the last of which is 0."""
    found = np.empty((len(side.total), factors.shape[1]), np.float32)

    def work(pieces: Iterator[Block]) -> None:
        buffer = room(side.blocks, factors.shape[1])
        for piece in pieces:
            found[piece.rows] = piece.gathered(factors, buffer).targets()

    share(work, side.blocks, side.threads)
    return found


def improve(side: Side, factors: Floats, x: Floats, ridge: Floats | None, g: Floats, directions: int) -> None:
    """``directions`` steps of conjugate gradients (`models.factors.conjugate`) on each row of ``x``, in place.

    ``x`` (rows, k); ``ridge`` (k, k) per unit of excess; ``g`` (k,): a row's preconditioner is 1 / (1 + e_u g).
    """

    def work(pieces: Iterator[Block]) -> None:
        buffer = room(side.blocks, factors.shape[1])
        for piece in pieces:
            own, spread = piece.gathered(factors, buffer), side.total[piece.rows]
            precondition = np.float32(1) / (1 + spread * g)
            x[piece.rows] = descend(own, x[piece.rows], spread, ridge, precondition, directions)

    share(work, side.blocks, side.threads)
