"""What Gibbs samplers of factor models share: normal rows, and a learned normal prior over them that may use side data.

Bayesian matrix factorisation (Salakhutdinov and Mnih 2008, "Bayesian Probabilistic Matrix Factorization using Markov
Chain Monte Carlo") gives the rows of a factor matrix a common normal prior and learns that prior too; with features f_n
of the rows it is a regression (Simm et al. 2017, "Macau: Scalable Bayesian Factorization with High-Dimensional Side
Information"):

    x_n ~ N(mu + B' f_n, L^-1),     L ~ Wishart(I, k),     mu ~ N(0, (2 L)^-1),     B ~ N(0, L^-1 x (beta I)^-1)
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from salience.models.rating.grouped import Reals

Chance = np.random.Generator
PULL = 2.0  # how many rows the prior of mu counts for


class Prior:
    """The prior of the rows of one factor matrix, with ``features`` (rows, features) or none; drawn anew by `learn`."""

    def __init__(self, k: int, features: Any = None) -> None:
        self.precision: Reals = np.eye(k) * 10
        self._mu = np.zeros(k)
        self._F = None if features is None else sparse.csr_array(features, dtype=np.float64)
        self._B = np.zeros((0 if self._F is None else self._F.shape[1], k))
        self._FF = np.zeros((0, 0)) if self._F is None else (self._F.T @ self._F).toarray()
        self._beta = 10.0

    def means(self, rows: int) -> Reals:
        """mu + B' f_n of each row, (rows, k)."""
        told: Reals = np.tile(self._mu, (rows, 1))
        if self._F is not None:
            told += self._F @ self._B
        return told

    def learn(self, X: Reals, rng: Chance) -> None:
        """Draw L, mu, B and beta, in that order, given the rows ``X``."""
        n, k = X.shape
        rest = X if self._F is None else X - self._F @ self._B
        mean = rest.mean(axis=0)
        apart = rest - mean
        scatter = np.eye(k) + apart.T @ apart + PULL * n / (PULL + n) * np.outer(mean, mean)
        scatter += self._beta * self._B.T @ self._B
        self.precision = wishart(k + n + len(self._B), np.linalg.inv(scatter), rng)
        root = np.linalg.cholesky(self.precision).T  # solving with it turns white noise into noise of this precision
        self._mu = n * mean / (PULL + n) + np.linalg.solve(root, rng.normal(size=k)) / np.sqrt(PULL + n)
        if self._F is not None:
            self._regress(X - self._mu, root, rng)

    def _regress(self, rest: Reals, root: Reals, rng: Chance) -> None:
        """B by one noisy ridge regression (Macau, eq. 5), then beta from its size."""
        assert self._F is not None  # noqa: S101 - for the type checker
        features, k = self._B.shape
        noisy = self._F.T @ (rest + np.linalg.solve(root, rng.normal(size=rest.T.shape)).T)
        noisy += np.sqrt(self._beta) * np.linalg.solve(root, rng.normal(size=(k, features))).T
        self._B = np.linalg.solve(self._FF + self._beta * np.eye(features), noisy)
        size = float(np.einsum("fk,kl,fl->", self._B, self.precision, self._B))
        self._beta = precision(features * k, size, rng)


def wishart(degrees: int, scale: Reals, rng: Chance) -> Reals:
    """A draw by Bartlett's decomposition; its mean is degrees * scale."""
    k = len(scale)
    A = np.tril(rng.normal(size=(k, k)), -1)
    A[np.diag_indices(k)] = np.sqrt(rng.chisquare(degrees - np.arange(k)))
    half = np.linalg.cholesky(scale) @ A
    drawn: Reals = half @ half.T
    return drawn


def precision(n: int, squares: float, rng: Chance) -> float:
    """The precision of n zero-mean normals with this sum of squares, under the prior Gamma(1/2, 1/2)."""
    return float(rng.gamma((n + 1) / 2, 2 / (squares + 1)))


def draw_rows(A: Reals, b: Reals, rng: Chance) -> Reals:
    """Rows from N(A_n^-1 b_n, A_n^-1), for A (rows, k, k) and b (rows, k)."""
    L = np.linalg.cholesky(A)
    half = np.linalg.solve(L, b[:, :, None]) + rng.normal(size=(*b.shape, 1))
    drawn: Reals = np.linalg.solve(np.swapaxes(L, 1, 2), half)[:, :, 0]
    return drawn
