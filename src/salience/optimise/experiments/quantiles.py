"""The difference between two arms' quantiles, e.g. the 95 % quantile of loading time, from order statistics.

The number of values below the true q-quantile is Binomial(n, q), so x[k] with k = nq +- z sqrt(n q (1-q)) encloses it
(Woodruff 1952); the standard error is that width over 2z. Quantiles do not add up: this needs the values themselves.
"""

from __future__ import annotations

import numpy as np

from salience.optimise.experiments.pair import Pair
from salience.optimise.experiments.sums import Floats

Z = 1.959963984540054


def quantiles(control: Floats, treated: Floats, q: float) -> Pair:
    """Of (..., n) values, each arm on its own."""
    (a, va), (b, vb) = _one(control, q), _one(treated, q)
    return Pair(a, b, va, vb, np.zeros_like(va), np.full_like(va, min(control.shape[-1], treated.shape[-1])))


def _one(values: Floats, q: float) -> tuple[Floats, Floats]:
    """(the quantile, its squared standard error)."""
    ordered, n = np.sort(values, axis=-1), values.shape[-1]
    reach = Z * np.sqrt(n * q * (1 - q))
    low, middle, high = (_between(ordered, n * q - 0.5 + shift) for shift in (-reach, 0.0, reach))
    return middle, ((high - low) / (2 * Z)) ** 2


def _between(ordered: Floats, at: float) -> Floats:
    """The value at a rank counted from 0, between its neighbours."""
    at = float(np.clip(at, 0, ordered.shape[-1] - 1))
    below = int(at)
    above = min(below + 1, ordered.shape[-1] - 1)
    return np.asarray(ordered[..., below] + (at - below) * (ordered[..., above] - ordered[..., below]))
