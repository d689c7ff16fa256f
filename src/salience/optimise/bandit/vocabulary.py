"""Contexts and actions as numbers: which feature has which place in a vector, and how large its values usually are.

A number is divided by the root of its mean square, so that prices in cents and shares between 0 and 1 start alike; a
word is 1 and stays 1. Both are learned from what was asked, in the order of the log.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from salience.optimise.bandit.features import Floats, Named, cells, hashed, hashes

DENSE = 32
"""Features of the context that each action has weights of its own for, the constant among them."""
LARGEST = 4096
"""Numeric features whose size is remembered."""


class Case(NamedTuple):
    """One context. ``x``: its dense vector; ``names``, ``values``: all its features, and 1 before them.

    ``over``: which of them have no place in ``x``.
    """

    x: Floats
    names: tuple[str, ...]
    values: tuple[float, ...]
    over: tuple[int, ...]

    @property
    def size(self) -> Floats:
        """The values as they are multiplied with those of actions."""
        return np.asarray(np.array(self.values) / np.sqrt(len(self.values)))


class Products(NamedTuple):
    """Hashed products of context and action features: table ``cells``, ``values``, ``owner`` among the actions."""

    cells: NDArray[np.int64]
    values: Floats
    owner: NDArray[np.int64]


_NONE = Products(np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int64))
_ONE = "\x00one"


class Vocabulary:
    """Grows as features are met."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {_ONE: 0}
        self.sizes: dict[str, tuple[int, float]] = {}

    def copy(self) -> Vocabulary:
        """One that grows apart."""
        twin = Vocabulary()
        twin.places, twin.sizes = dict(self.places), dict(self.sizes)
        return twin

    def meet(self, context: Named, actions: Sequence[Named]) -> None:
        """Remember what was asked."""
        for name in context.names:
            if len(self.places) >= DENSE:
                break
            self.places.setdefault(name, len(self.places))
        for named in (context, *actions):
            for name, value in zip(*named, strict=True):
                if value not in (0.0, 1.0) and (name in self.sizes or len(self.sizes) < LARGEST):
                    count, total = self.sizes.get(name, (0, 0.0))
                    self.sizes[name] = count + 1, total + value * value

    def case(self, context: Named) -> Case:
        """The context as it is learned from."""
        x = np.zeros(len(self.places))
        x[0] = 1.0
        values = [self._scaled(name, value) for name, value in zip(*context, strict=True)]
        over = []
        for at, name in enumerate(context.names):
            place = self.places.get(name)
            if place is None:
                over.append(at + 1)
            else:
                x[place] = values[at]
        return Case(x, (_ONE, *context.names), (1.0, *values), tuple(over))

    def products(self, case: Case, names: Sequence[str], actions: Sequence[Named]) -> Products:
        """Of every action; features of the context without a place of their own are crossed with the action's name."""
        right = [hashed(feature) for action in actions for feature in action.names]
        if not right and not case.over:
            return _NONE
        parts: list[Products] = []
        left, size = hashes(case.names), case.size
        if right:
            owner = np.repeat(np.arange(len(actions)), [len(action.names) for action in actions])
            value = np.array([self._scaled(*pair) for action in actions for pair in zip(*action, strict=True)])
            place = cells(left, np.array(right, np.uint64))
            parts.append(Products(place.ravel(), np.outer(size, value).ravel(), np.tile(owner, len(left))))
        if case.over:
            over = list(case.over)
            place = cells(left[over], hashes([f"\x00id={name}" for name in names]))
            value = np.outer(size[over], np.ones(len(names)))
            parts.append(Products(place.ravel(), value.ravel(), np.tile(np.arange(len(names)), len(over))))
        return (
            parts[0] if len(parts) == 1 else Products(*(np.concatenate(column) for column in zip(*parts, strict=True)))
        )

    def _scaled(self, name: str, value: float) -> float:
        if value in (0.0, 1.0):
            return value
        count, total = self.sizes.get(name, (0, 0.0))
        return value / sqrt(total / count) if count else float(np.sign(value))
