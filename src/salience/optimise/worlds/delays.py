"""When rewards are told: all of them late, a part of them late, or those of some actions.

Delays are in rounds and drawn apart from the world, so that the same world can be played with and without them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def all_late(rounds: int, delay: int) -> NDArray[np.int64]:
    """(T,) every reward comes ``delay`` rounds later."""
    return np.full(rounds, delay, np.int64)


def some_late(rounds: int, delay: int, share: float, *, seed: int) -> NDArray[np.int64]:
    """(T,) a ``share`` of the rewards is late by ``delay``; the others are told at once."""
    return np.where(np.random.default_rng([seed, 7]).random(rounds) < share, delay, 0).astype(np.int64)
