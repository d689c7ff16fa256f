"""A world with known gains: whoever has x0 > 0 gains 0.3 from being treated, nobody else gains anything."""

from __future__ import annotations

import numpy as np

from salience.optimise.uplift.trial import Floats, Trial


def halves(rows: int = 3000, *, seed: int = 0, gain: float = 0.3, same: bool = False) -> tuple[Trial, Floats]:
    """(trial, true gain of every row); ``same``: everybody gains half of it."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 4))
    tau = np.full(rows, gain / 2) if same else np.where(x[:, 0] > 0, gain, 0.0)
    treated = rng.integers(2, size=rows)
    chance = 0.3 + 0.1 * (x[:, 1] > 0) + tau * treated
    return Trial.of(x, treated, (rng.random(rows) < chance).astype(np.float64)), tau
