"""What people with the same traits want: the popularity of each item among them, shrunk towards everybody's.

For a trait t (``gender=F``; a number by its quarter, ``age=2``) whose people together took c_t items, c_ti of them
item i, with p_i the share of item i among everybody and prior m (a Dirichlet prior of mean p):

    p(i | t) = (c_ti + m p_i) / (c_t + m),        score_i = mean over the person's known traits of p(i | t)

``m`` is the one under which each single count is likeliest given all the others (leave-one-out), so a trait that says
nothing ends at everybody's popularity. Memory is one entry per trait and item that occurred together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events.interactions import Interactions, Matrix
from salience.events.kinds import Scalar
from salience.models.files import sparse_arrays, sparse_from
from salience.models.histories import read
from salience.models.model import Arrays

PRIORS = (1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6)
FEWEST = 5
"""People that a trait must have: fewer would be a person's own taste under another name."""


@dataclass(frozen=True, eq=False)
class Crowds:
    """``counts``: traits x items; ``base``: p, (items,); ``edges``: of each number, those between quarters."""

    names: tuple[str, ...]
    counts: Matrix
    base: NDArray[np.float64]
    prior: float
    edges: Mapping[str, tuple[float, ...]]

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.names)}

    @cached_property
    def _totals(self) -> NDArray[np.float64]:
        return np.asarray(self.counts.sum(axis=1), dtype=np.float64).ravel()

    def known(self, traits: Mapping[str, Scalar]) -> tuple[str, ...]:
        """Which of the traits any crowd stands for."""
        return tuple(name for name in _named(traits, self.edges) if name in self._rows)

    def score(self, known: Sequence[str]) -> NDArray[np.float64]:
        """Each item's share among the crowds, (items,)."""
        return np.mean([self.among(name) for name in known], axis=0) if known else self.base

    def among(self, name: str) -> NDArray[np.float64]:
        """p(i | t) of one trait."""
        row = self._rows[name]
        own = self.counts[[row]].toarray()[0]
        return np.asarray((own + self.prior * self.base) / (self._totals[row] + self.prior))

    def arrays(self) -> Arrays:
        """What must be saved, by name; the texts as the bytes of their JSON."""
        texts = np.frombuffer(msgspec.json.encode((self.names, self.edges)), dtype=np.uint8)
        counts = sparse_arrays(self.counts, "counts.")
        return {**counts, "base": self.base, "prior": np.array(self.prior), "texts": texts}

    @classmethod
    def from_arrays(cls, items: int, arrays: Mapping[str, NDArray[Any]]) -> Crowds:
        """The inverse of `arrays`; ValueError where the shapes do not fit."""
        names, edges = msgspec.json.decode(
            arrays["texts"].tobytes(), type=tuple[tuple[str, ...], dict[str, tuple[float, ...]]]
        )
        counts = sparse_from(arrays, "counts.", (len(names), items))
        if arrays["base"].shape != (items,):
            raise ValueError(f"base: shape {arrays['base'].shape}, not ({items},)")
        return cls(names, counts, arrays["base"].astype(np.float64), float(arrays["prior"].item()), edges)


def fit(data: Interactions, traits: Sequence[Mapping[str, Scalar]]) -> Crowds | None:
    """Count the crowds; ``traits[user]`` is what is known of each user of ``data``. None where nothing is known."""
    X = read(data.matrix, binary=True)
    edges = _edges(traits)
    people: dict[str, list[int]] = {}
    for user, known in enumerate(traits):
        for name in _named(known, edges):
            people.setdefault(name, []).append(user)
    names = tuple(name for name, users in people.items() if len(users) >= FEWEST)
    if not names or not X.nnz:
        return None
    row = np.repeat(np.arange(len(names)), [len(people[name]) for name in names])
    who = np.concatenate([people[name] for name in names])
    member: Any = sparse.csr_array((np.ones(len(row), np.float32), (row, who)), shape=(len(names), X.shape[0]))
    counts: Matrix = sparse.csr_array(member @ X)
    base = (np.asarray(X.sum(axis=0), dtype=np.float64).ravel() + 1) / (X.nnz + X.shape[1])
    return Crowds(names, counts, base, _prior(counts, base), edges)


def _prior(counts: Matrix, base: NDArray[np.float64]) -> float:
    """The m of the largest sum of c_ti log((c_ti - 1 + m p_i) / (c_t - 1 + m))."""
    c = counts.data.astype(np.float64)
    total: NDArray[np.float64] = np.repeat(np.asarray(counts.sum(axis=1)).ravel(), np.diff(counts.indptr))
    p = base[counts.indices]
    likely = [float((c * np.log((c - 1 + m * p) / (total - 1 + m))).sum()) for m in PRIORS]
    return PRIORS[int(np.argmax(likely))]


def _edges(traits: Sequence[Mapping[str, Scalar]]) -> dict[str, tuple[float, ...]]:
    found: dict[str, list[float]] = {}
    for known in traits:
        for name, value in known.items():
            if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
                found.setdefault(name, []).append(float(value))
    return {name: tuple(np.quantile(values, (0.25, 0.5, 0.75)).tolist()) for name, values in found.items()}


def _named(traits: Mapping[str, Scalar], edges: Mapping[str, Sequence[float]]) -> list[str]:
    names = []
    for name, value in traits.items():
        if isinstance(value, bool | str):
            names.append(f"{name}={str(value).casefold()}")
        elif value is not None and name in edges and isfinite(value):
            names.append(f"{name}={int(np.searchsorted(edges[name], value, side='right')) + 1}")
    return names
