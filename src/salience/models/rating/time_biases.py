"""A bias per code and period: how a person rated on that day, how an item was rated in that fortnight (Koren 2009)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from salience.models.rating.gibbs import Chance, precision
from salience.models.rating.grouped import Reals

DAY = 86_400_000  # ms
WIDE = 1 << 20  # more periods than there are: 2,800 years of days


@dataclass(frozen=True, eq=False)
class PeriodBias:
    """``values`` by ``keys``, sorted: code x WIDE + period, a period of ``days`` days since 1970."""

    days: int
    keys: NDArray[np.int64]
    values: Reals

    def at(self, codes: NDArray[Any], times: NDArray[np.int64]) -> Reals:
        """The bias of each row, (n,); 0 where the code had no rating in that period."""
        if not len(self.keys):
            return np.zeros(len(codes))
        wanted = keys_of(codes, times, self.days)
        place = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        return np.where(self.keys[place] == wanted, self.values[place], 0.0)


class Drift:
    """The sampler's side of a `PeriodBias`: normal around 0 with a learned precision, and the sum of what was kept."""

    def __init__(self, codes: NDArray[Any], times: NDArray[np.int64], days: int) -> None:
        self._days = days
        self._keys, self._group = np.unique(keys_of(codes, times, days), return_inverse=True)
        self._counts = np.bincount(self._group)
        self._bias = np.zeros(len(self._keys))
        self._kept = np.zeros(len(self._keys))
        self._precision = 10.0

    @property
    def values(self) -> Reals:
        """The present draw, per row."""
        return self._bias[self._group]

    def draw(self, errors: Reals, noise: float, rng: Chance) -> None:
        """New biases given what everything else leaves of each row, then their precision."""
        total = np.bincount(self._group, weights=errors, minlength=len(self._keys))
        sharpness = noise * self._counts + self._precision
        self._bias = noise * total / sharpness + rng.normal(size=len(total)) / np.sqrt(sharpness)
        self._precision = precision(len(total), float(self._bias @ self._bias), rng)

    def keep(self, share: float) -> None:
        """Add the present draw to the mean."""
        self._kept += share * self._bias

    def kept(self) -> PeriodBias:
        """The mean."""
        return PeriodBias(self._days, self._keys, self._kept)


def keys_of(codes: NDArray[Any], times: NDArray[np.int64], days: int) -> NDArray[np.int64]:
    """One number for the code and the period of each row."""
    return codes.astype(np.int64) * WIDE + times // (DAY * days)
