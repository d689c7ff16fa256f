"""The passes of `models.factors.blockwise` as loops that Numba compiles (the `fast` extra): an entry's factors are read
once for both products, f'p and e (f'p) f, while they are in the registers, and no block has to be gathered.

For training alone: whoever serves folds in with the exact solver, and does not load a compiler.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

import numpy as np

from salience.models.factors.sides import Side, even
from salience.models.model import Floats
from salience.models.threads import share


@lru_cache(maxsize=1)
def there() -> bool:
    """Whether the extra is installed and has a folder for what it compiles."""
    if find_spec("numba") is None:
        return False
    try:
        from salience.models.factors import loops  # noqa: F401 - compiled or read from that folder now
    except RuntimeError:
        return False
    return True


def targets(side: Side, factors: Floats) -> Floats:
    """See `models.factors.blockwise.targets`."""
    from salience.models.factors import loops

    found = np.zeros((len(side.total), factors.shape[1]), np.float32)
    _over_rows(side, loops.targets, factors, found)
    return found


def improve(side: Side, factors: Floats, x: Floats, ridge: Floats | None, g: Floats, directions: int) -> None:
    """See `models.factors.blockwise.improve`."""
    from salience.models.factors import loops

    none = np.zeros((0, 0), np.float32)
    _over_rows(side, loops.improve, factors, x, side.total[:, 0], none if ridge is None else ridge, g, directions)


def _over_rows(side: Side, loop: Callable[..., None], *rest: Any) -> None:
    rows = side.rows
    each = np.intp(len(side.excess) > 1)  # how far the excess of the next entry lies from this one's

    def work(pieces: Iterator[slice]) -> None:
        for piece in pieces:
            loop(piece.start, piece.stop, rows.indptr, rows.indices, side.excess, each, *rest)

    share(work, even(rows), side.threads)
