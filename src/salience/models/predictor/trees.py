"""Regression trees as arrays, walked by NumPy: a saved model needs neither the library that grew them nor its files.

Node t goes to ``left[t]`` where x[feature[t]] <= edge[t], else to ``right[t]``; a negative place is the leaf ~place.
The answer is the sum over the trees of each row's leaf. Features are numbers without gaps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from salience.models.model import Arrays, Floats

BLOCK = 8_192  # rows walked down a tree together: they stay in the processor's cache
NAMES = ("feature", "edge", "left", "right", "value", "roots")
Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Trees:
    """``feature``, ``edge``, ``left``, ``right``: one entry a node of all trees; ``value``: (leaves,), or (leaves,
    outputs) where a leaf holds several numbers. ``roots`` (trees,). ``depth``: of the deepest tree.
    """

    feature: NDArray[np.int32]
    edge: NDArray[np.float64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: Values
    roots: NDArray[np.int32]
    depth: int

    def score(self, x: Floats) -> Floats:
        """`sums` as float32."""
        told: Floats = self.sums(x).astype(np.float32)
        return told

    def sums(self, x: NDArray[np.floating[Any]]) -> Values:
        """The sum over the trees of each row's leaf: (rows,) or (rows, outputs)."""
        told = np.zeros((len(x), *self.value.shape[1:]))
        for start in range(0, len(x), BLOCK):
            for leaves in self._leaves(x[start : start + BLOCK]):
                told[start : start + BLOCK] += self.value[leaves]
        return told

    def staged(self, x: NDArray[np.floating[Any]], stops: Sequence[int]) -> Values:
        """`sums` after the first ``stops[s]`` trees, ascending: (stops, rows) or (stops, rows, outputs)."""
        told = np.zeros((len(stops), len(x), *self.value.shape[1:]))
        for start in range(0, len(x), BLOCK):
            total = np.zeros_like(told[0, start : start + BLOCK])
            for number, leaves in enumerate(self._leaves(x[start : start + BLOCK]), 1):
                total += self.value[leaves]
                for stop in (s for s, trees in enumerate(stops) if trees == number):
                    told[stop, start : start + BLOCK] = total
        return told

    def first(self, trees: int) -> Trees:
        """The same forest cut after its first ``trees`` trees."""
        return Trees(
            self.feature, self.edge, self.left, self.right, self.value, self.roots[: max(trees, 0)], self.depth
        )

    def _leaves(self, x: NDArray[np.floating[Any]]) -> Iterator[NDArray[np.int32]]:
        rows = x.astype(np.float64)
        flat, offset = rows.ravel(), np.arange(len(rows)) * rows.shape[1]
        together = max(1, BLOCK // max(1, len(rows)))  # few rows: many trees at once, one call for all
        for first in range(0, len(self.roots), together):
            roots = self.roots[first : first + together]
            at = np.repeat(roots[:, None], len(rows), axis=1)
            for _ in range(self.depth):
                node = np.maximum(at, 0)
                down = np.where(flat[offset + self.feature[node]] <= self.edge[node], self.left[node], self.right[node])
                at = np.where(at < 0, at, down)
            yield from ~at

    def arrays(self) -> Arrays:
        """Seven arrays."""
        return {"depth": np.array([self.depth]), **{name: getattr(self, name) for name in NAMES}}


def flattened(structures: Sequence[Mapping[str, Any]]) -> Trees:
    """Trees as LightGBM tells them, as arrays. Features are numbers without gaps, so only ``<=`` occurs."""
    feature: list[int] = []
    edge: list[float] = []
    left: list[int] = []
    right: list[int] = []
    value: list[float] = []
    deepest = 0

    def add(node: Mapping[str, Any], depth: int) -> int:
        nonlocal deepest
        deepest = max(deepest, depth)
        if "split_feature" not in node:
            value.append(float(node["leaf_value"]))
            return ~(len(value) - 1)
        place = len(feature)
        feature.append(int(node["split_feature"]))
        edge.append(float(node["threshold"]))
        left.append(0)
        right.append(0)
        left[place] = add(node["left_child"], depth + 1)
        right[place] = add(node["right_child"], depth + 1)
        return place

    roots = [add(structure, 0) for structure in structures]
    return Trees(
        np.array(feature or [0], np.int32),
        np.array(edge or [0.0]),
        np.array(left or [-1], np.int32),
        np.array(right or [-1], np.int32),
        np.array(value or [0.0]),
        np.array(roots, np.int32),
        deepest,
    )


def joined(forests: Sequence[Trees]) -> Trees:
    """The trees of several, in order, as one."""
    nodes = np.cumsum([0, *(len(forest.feature) for forest in forests)])
    leaves = np.cumsum([0, *(len(forest.value) for forest in forests)])

    def moved(places: NDArray[np.int32], n: int) -> NDArray[np.int32]:
        there: NDArray[np.int32] = np.where(places < 0, places - leaves[n], places + nodes[n]).astype(np.int32)
        return there

    return Trees(
        np.concatenate([forest.feature for forest in forests]),
        np.concatenate([forest.edge for forest in forests]),
        np.concatenate([moved(forest.left, n) for n, forest in enumerate(forests)]),
        np.concatenate([moved(forest.right, n) for n, forest in enumerate(forests)]),
        np.concatenate([forest.value for forest in forests]),
        np.concatenate([moved(forest.roots, n) for n, forest in enumerate(forests)]),
        max(forest.depth for forest in forests),
    )


def trees_from(arrays: Mapping[str, NDArray[Any]], features: int) -> Trees:
    """The inverse of `Trees.arrays`; ValueError for trees that would lead outside their arrays."""
    nodes, leaves = len(arrays["feature"]), len(arrays["value"])
    for name in ("left", "right", "roots"):
        if arrays[name].min(initial=0) < -leaves or arrays[name].max(initial=-1) >= nodes:
            raise ValueError(f"{name}: leads outside the trees")
    if len({len(arrays[name]) for name in ("feature", "edge", "left", "right")}) != 1:
        raise ValueError("feature, edge, left, right: must be equally long")
    if arrays["feature"].min(initial=0) < 0 or arrays["feature"].max(initial=0) >= features:
        raise ValueError(f"feature: must be in 0..{features - 1}")
    depth = int(arrays["depth"][0])
    if not 0 <= depth <= max(1, nodes):
        raise ValueError("depth: must be that of the deepest tree")
    return Trees(**{name: arrays[name] for name in NAMES}, depth=depth)
