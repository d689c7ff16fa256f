"""Growing one regression tree, level by level, from counts in bins (histograms; Friedman 2001, Chen and Guestrin 2016).

Row i pulls by g_i (one number an output) and weighs h_i. A node answers G / (H + ridge), the sums over its rows, and is
cut where that gains most:

    gain = |G_left|^2 / (H_left + ridge) + |G_right|^2 / (H_right + ridge) - |G|^2 / (H + ridge)

With g the one-hot class and h = 1 that is Gini's criterion; with g the negative slope of the log loss and h its
curvature it is a step of gradient boosting.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from salience.models.predictor.bins import Bins
from salience.models.predictor.columns import Floats
from salience.models.predictor.trees import Trees

ENOUGH = 1e-9  # a gain that is not the rounding of a sum


@dataclass(frozen=True)
class Shape:
    """How a tree may look. ``least``: rows of a leaf; ``columns``: share of the columns that each level looks at.

    ``by_weight``: ``least`` is a sum of h, not a count of rows.
    """

    depth: int
    least: int
    ridge: float = 0.0
    columns: float = 1.0
    by_weight: bool = False


@dataclass(eq=False)
class _Tree:
    feature: list[int] = field(default_factory=list)
    edge: list[float] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    value: list[Floats] = field(default_factory=list)

    def leaf(self, value: Floats) -> int:
        self.value.append(value)
        return ~(len(self.value) - 1)

    def node(self, feature: int, edge: float) -> int:
        self.feature.append(feature)
        self.edge.append(edge)
        self.left.append(0)
        self.right.append(0)
        return len(self.feature) - 1


def grow(bins: Bins, places: NDArray[np.int32], g: Floats, h: Floats, shape: Shape, rng: np.random.Generator) -> Trees:
    """A tree. ``places`` (rows, columns) from `Bins.places`; ``g`` (rows, outputs); ``h`` (rows,)."""
    tree, columns, width = _Tree(), places.shape[1], int(bins.sizes.max(initial=1))
    rows, node = np.arange(len(h)), np.zeros(len(h), np.int64)
    parents: list[tuple[int, bool]] = [(-1, False)]  # of each open node: its parent's place, and whether it is left
    root = -1
    deepest = 0
    for depth in range(shape.depth + 1):
        sums = np.stack([np.bincount(node, w, len(parents)) for w in (h[rows], *g[rows].T)]).astype(np.float64)
        cuts = None
        if depth < shape.depth and columns:
            some = np.sort(rng.permutation(columns)[: max(1, round(shape.columns * columns))])
            large = slice(None) if not shape.by_weight else sums[0][node] >= 2 * shape.least
            near = rows[large]
            gain, column, place = _best(places[np.ix_(near, some)], node[large], sums, (g[near], h[near]), width, shape)
            cuts = gain, some[column], place
        opened: list[tuple[int, bool]] = []
        after = np.full(len(parents), -1)
        for n, (parent, is_left) in enumerate(parents):
            if cuts and cuts[0][n] > ENOUGH * max(1.0, float(sums[0, n])):
                me = tree.node(int(cuts[1][n]), float(bins.of_column(cuts[1][n])[cuts[2][n]]))
                after[n] = len(opened)
                opened += [(me, True), (me, False)]
                deepest = max(deepest, depth + 1)
            else:
                me = tree.leaf(sums[1:, n] / max(float(sums[0, n]) + shape.ridge, 1e-12))
            if parent < 0:
                root = me
            else:
                (tree.left if is_left else tree.right)[parent] = me
        if not opened or not cuts:
            break
        going = after[node] >= 0
        rows, node = rows[going], node[going]
        node = after[node] + (places[rows, cuts[1][node]] > cuts[2][node])
        parents = opened
    return Trees(
        np.array(tree.feature or [0], np.int32),
        np.array(tree.edge or [0.0]),
        np.array(tree.left or [-1], np.int32),
        np.array(tree.right or [-1], np.int32),
        np.array(tree.value),
        np.array([root], np.int32),
        deepest,
    )


def _best(
    places: NDArray[np.int32],
    node: NDArray[np.int64],
    sums: Floats,
    pull: tuple[Floats, Floats],
    width: int,
    shape: Shape,
) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
    """Of each open node the best gain, and its cut: column and bin; bins up to it go left."""
    g, h = pull
    nodes, columns = sums.shape[1], places.shape[1]
    size = columns * width
    at = (places + (node * size)[:, None] + np.arange(columns) * width).ravel()

    def below(w: Floats | None) -> Floats:
        each = None if w is None else np.repeat(w, columns)
        made = np.bincount(at, each, nodes * size).reshape(nodes, columns, width)
        return np.asarray(np.cumsum(made, axis=2), np.float64)

    def worth(pulls: Floats, weights: Floats) -> Floats:
        return np.asarray(pulls**2 / np.maximum(weights + shape.ridge, 1e-12))

    left_h = below(h)
    count = left_h if shape.by_weight else below(None)
    total = sums[0][:, None, None]
    gain = np.zeros_like(left_h)
    for output in range(g.shape[1]):
        left_g, whole = below(g[:, output]), sums[1 + output][:, None, None]
        gain += worth(left_g, left_h) + worth(whole - left_g, total - left_h) - worth(whole, total)
    gain[(count < shape.least) | (count[:, :, -1:] - count < shape.least)] = -np.inf
    gain = gain.reshape(nodes, size)
    best = gain.argmax(axis=1)
    column, place = np.divmod(best, width)
    return gain[np.arange(nodes), best], column, place
