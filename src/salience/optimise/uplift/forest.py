"""Uplift trees: splits that drive the arms' outcomes apart, bagged into a forest.

The gain of a split is sum_child n_child / n D(child) - D(node), with p and q the mean outcomes of treated and control:
KL       D = p log(p / q) + (1 - p) log((1 - p) / (1 - q))     for outcomes of 0 and 1
Euclid   D = (p - q)^2                                        for any outcome
Rzepakowski and Jaroszewicz, Decision trees for uplift modeling with single and multiple treatments, KAIS 2012. Leaf
values are shrunk to the parent's: (n tau + SHRINK tau_parent) / (n + SHRINK), n the smaller arm of the leaf.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from salience.optimise.uplift.base import Predict
from salience.optimise.uplift.trial import Floats, Rows, Trial

BINS = 16
SHRINK = 100.0
Codes = NDArray[np.uint8]


@dataclass(frozen=True)
class UpliftForest:
    """``trees`` of at most ``depth`` splits, each on a bootstrap of the rows; ``trees`` 1 is one tree on all rows.

    A leaf holds ``leaf`` rows of each arm at least, by default a 200th of the smaller arm and never under 20.
    """

    trees: int = 40
    depth: int = 5
    divergence: str = "kl"
    leaf: int | None = None

    @property
    def name(self) -> str:
        """As in a leaderboard."""
        return f"{'forest' if self.trees > 1 else 'tree'}-{self.divergence}"

    def fit(self, trial: Trial, *, seed: int) -> Predict:
        """Grow the trees on covariates cut into at most 16 bins by their quantiles."""
        edges = [_edges(column) for column in trial.x.T]
        codes = _codes(trial.x, edges)
        kl = self.divergence == "kl" and trial.binary
        smaller = int(min(trial.treated.sum(), len(trial) - trial.treated.sum()))
        leaf = self.leaf if self.leaf is not None else max(20, smaller // 200)
        rng = np.random.default_rng(seed)
        grown = []
        for _ in range(self.trees):
            rows = rng.integers(len(trial), size=len(trial)) if self.trees > 1 else np.arange(len(trial))
            node = _Node(codes[:, rows], trial.treated[rows], trial.outcome[rows])
            grown.append(_Grower(kl, leaf, rng, self.trees > 1).grow(node, self.depth, None))

        def gain(x: Floats) -> Floats:
            cut = _codes(x, edges)
            total = np.zeros(len(x))
            for tree in grown:
                _drop(tree, cut, np.arange(len(x)), total)
            return total / len(grown)

        return gain


class _Node(NamedTuple):
    """The rows of a node, side by side in memory. ``codes``: (covariates, rows)."""

    codes: Codes
    treated: NDArray[np.int8]
    outcome: Floats

    def where(self, chosen: NDArray[np.bool_]) -> _Node:
        """Some of them."""
        return _Node(self.codes[:, chosen], self.treated[chosen], self.outcome[chosen])


@dataclass
class _Grower:
    kl: bool
    leaf: int
    rng: np.random.Generator
    some: bool

    def grow(self, node: _Node, depth: int, above: float | None) -> Any:
        """A leaf (float) or (covariate, last code of the left branch, left, right)."""
        t, y = node.treated, node.outcome
        n1 = int(t.sum())
        n0 = len(t) - n1
        effect = float(y[t == 1].mean() - y[t == 0].mean()) if n1 and n0 else 0.0
        if above is not None:
            least = min(n1, n0)
            effect = (least * effect + SHRINK * above) / (least + SHRINK)
        if depth == 0 or min(n1, n0) < 2 * self.leaf:
            return effect
        found = self._split(node)
        if found is None:
            return effect
        at, code = found
        left = node.codes[at] <= code
        parts = (self.grow(node.where(side), depth - 1, effect) for side in (left, ~left))
        return (at, code, *parts)

    def _split(self, node: _Node) -> tuple[int, int] | None:
        p = len(node.codes)
        asked = self.rng.permutation(p)[: max(1, int(np.ceil(p / 3)))] if self.some else np.arange(p)
        n, s = _counted(node, asked)
        whole_n, whole_s = n[:, :, -1:], s[:, :, -1:]
        left_n, left_s = n[:, :, :-1], s[:, :, :-1]
        right_n, right_s = whole_n - left_n, whole_s - left_s
        fine = (np.minimum(left_n, right_n) >= self.leaf).all(0)
        if not fine.any():
            return None
        left, right = left_n.sum(0) * self._apart(left_n, left_s), right_n.sum(0) * self._apart(right_n, right_s)
        value = np.where(fine, (left + right) / len(node.treated) - self._apart(whole_n, whole_s), -np.inf)
        top = int(value.argmax())
        at, code = divmod(top, BINS - 1)
        return (int(asked[at]), code) if value.ravel()[top] > 0 else None

    def _apart(self, n: Floats, s: Floats) -> Floats:
        """(covariates, cuts) how far the treated, row 1, are from the control, row 0."""
        if not self.kl:
            mean = s / np.maximum(n, 1)
            return np.asarray((mean[1] - mean[0]) ** 2)
        q, p = (s + 0.5) / (n + 1)  # half a success and half a failure keep the logarithms finite
        return np.asarray(p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q)))


def _counted(node: _Node, asked: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """(arm, covariate, code) rows up to that code, and their outcomes summed."""
    arm = node.treated.astype(np.int64) * BINS
    key = node.codes[asked] + arm + 2 * BINS * np.arange(len(asked))[:, None]
    shape, size = (len(asked), 2, BINS), len(asked) * 2 * BINS
    n = np.bincount(key.ravel(), minlength=size)
    s = np.bincount(key.ravel(), weights=np.tile(node.outcome, len(asked)), minlength=size)
    whole = (one.reshape(shape).swapaxes(0, 1).cumsum(2).astype(np.float64) for one in (n, s))
    first, second = whole
    return first, second


def _edges(column: Floats) -> Floats:
    values = np.unique(column)
    if len(values) <= BINS:
        return np.asarray((values[1:] + values[:-1]) / 2)
    return np.unique(np.quantile(column, np.arange(1, BINS) / BINS))


def _codes(x: Floats, edges: list[Floats]) -> Codes:
    """(covariates, rows), small enough that a node's rows stay in the cache."""
    return np.stack([np.searchsorted(cut, column).astype(np.uint8) for cut, column in zip(edges, x.T, strict=True)])


def _drop(tree: Any, codes: Codes, rows: Rows, total: Floats) -> None:
    """Add the leaf of each row to ``total``."""
    if isinstance(tree, float):
        total[rows] += tree
        return
    at, code, left, right = tree
    goes = codes[at, rows] <= code
    _drop(left, codes, rows[goes], total)
    _drop(right, codes, rows[~goes], total)
