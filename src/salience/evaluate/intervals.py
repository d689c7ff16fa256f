"""Intervals by the bootstrap over users (Efron 1979, percentile): how far a mean would move with other users.

Users are drawn with replacement ``RESAMPLES`` times; the interval runs between the 2.5 % and the 97.5 % quantile of the
resampled statistic. Two models are compared on the *same* draws (paired), because users differ far more than models do.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from salience.events.fault import InvalidInput

RESAMPLES = 1000
LEVEL = 0.95
CELLS = 2_000_000  # of one block of draws: 16 MB

PerUser = NDArray[np.float64]


class Interval(Struct, frozen=True):
    """A value and the bounds of its interval of ``level``. ``users`` is how many it rests on."""

    value: float
    low: float
    high: float
    users: int
    level: float = LEVEL

    @property
    def excludes_zero(self) -> bool:
        """Whether the whole interval lies on one side of 0."""
        return self.low > 0 or self.high < 0


def mean(values: PerUser, *, seed: int = 0, resamples: int = RESAMPLES) -> Interval:
    """The mean of one value per user.

    >>> mean(np.array([1.0, 1.0, 1.0]))
    Interval(value=1.0, low=1.0, high=1.0, users=3, level=0.95)
    """
    draws = _resampled_means(values[:, None], seed, resamples)[:, 0]
    return _interval(values.mean(), draws, len(values))


def difference(ours: PerUser, theirs: PerUser, *, seed: int = 0, resamples: int = RESAMPLES) -> Interval:
    """The mean of ours - theirs, paired by user."""
    return mean(ours - theirs, seed=seed, resamples=resamples)


def lift(ours: PerUser, theirs: PerUser, *, seed: int = 0, resamples: int = RESAMPLES) -> Interval:
    """mean(ours) / mean(theirs) - 1, paired by user; 0.7 = 70 % better. Infinite where theirs is 0 and ours is not.

    >>> lift(np.array([2.0, 4.0]), np.array([1.0, 2.0])).value
    1.0
    """
    both = _resampled_means(np.stack([ours, theirs], axis=1), seed, resamples)
    return _interval(_relative(ours.mean(), theirs.mean()), _relative(both[:, 0], both[:, 1]), len(ours))


def _relative(ours: PerUser | np.float64, theirs: PerUser | np.float64) -> PerUser:
    top, bottom = np.asarray(ours, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    ratio = np.divide(top, bottom, out=np.where(top > 0, np.inf, 1.0), where=bottom > 0)
    return np.asarray(ratio - 1)


def _resampled_means(columns: NDArray[np.float64], seed: int, resamples: int) -> NDArray[np.float64]:
    """(resamples, columns): the means of each draw of as many users as there are."""
    users = len(columns)
    if not users:
        raise InvalidInput("users", 0, "nobody has held-out interactions to judge by", "hold out a larger part")
    rng = np.random.default_rng(seed)
    out = np.empty((resamples, columns.shape[1]))
    step = max(1, CELLS // users)
    for start in range(0, resamples, step):
        draws = rng.integers(0, users, size=(min(step, resamples - start), users))
        for column in range(columns.shape[1]):
            out[start : start + step, column] = columns[:, column][draws].mean(axis=1)
    return out


def _interval(value: float | PerUser, draws: PerUser, users: int) -> Interval:
    tail = (1 - LEVEL) / 2
    finite = draws[np.isfinite(draws)]
    low, high = np.quantile(finite, [tail, 1 - tail]) if len(finite) else (np.inf, np.inf)
    return Interval(float(value), float(low), float(high), users)
