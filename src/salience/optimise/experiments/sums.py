"""What must be counted to judge an experiment: number, mean and scatter of some columns. Two halves add up.

n = n1 + n2,  mean = mean1 + (n2/n) d,  scatter = scatter1 + scatter2 + (n1 n2/n) d d',  d = mean2 - mean1
(Chan, Golub, LeVeque 1979). So a day, a segment or a machine is counted once and added. All leading axes are a batch:
thousands of simulated experiments are judged by the very code that judges one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Sums:
    """``n``: (...,) units; ``mean``: (..., k); ``scatter``: (..., k, k) sums of products of deviations."""

    n: Floats
    mean: Floats
    scatter: Floats

    @classmethod
    def of(cls, rows: Floats) -> Sums:
        """Of (..., n, k) values: one row a unit."""
        rows = np.asarray(rows, np.float64)
        mean = rows.mean(axis=-2) if rows.shape[-2] else np.zeros((*rows.shape[:-2], rows.shape[-1]))
        centred = rows - mean[..., None, :]
        n = np.full(rows.shape[:-2], float(rows.shape[-2]))
        return cls(n, mean, np.swapaxes(centred, -1, -2) @ centred)

    def __add__(self, other: Sums) -> Sums:
        n = self.n + other.n
        with np.errstate(invalid="ignore", divide="ignore"):
            part = np.where(n > 0, other.n / n, 0.0)
        gap = other.mean - self.mean
        between = (self.n * part)[..., None, None] * gap[..., :, None] * gap[..., None, :]
        return Sums(n, self.mean + part[..., None] * gap, self.scatter + other.scatter + between)

    @property
    def cov(self) -> Floats:
        """(..., k, k) the sample covariance; 0 where there are fewer than two units."""
        return self.scatter / np.maximum(self.n - 1, 1)[..., None, None]

    def column(self, at: int) -> tuple[Floats, Floats]:
        """(mean, sample variance) of one column."""
        return self.mean[..., at], self.cov[..., at, at]
