"""Small worlds with a right answer."""

from __future__ import annotations

import numpy as np

from salience.events.interactions import Interactions


def two_tastes(people: int = 120, items: int = 12, seed: int = 0) -> Interactions:
    """Half of the people like even items, half odd ones; each takes most of their own, in an order of their own."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(people):
        own = np.arange(person % 2, items, 2)
        for time, item in enumerate(rng.permutation(own)):
            rows.append((f"p{person}", f"i{item}", float(rng.choice([0.5, 1.0])), int(time) * 1000 + 1))
    return Interactions.from_rows(rows)


def only_hits(people: int = 80, items: int = 30, seed: int = 0) -> Interactions:
    """Everybody draws from the same few hits: nobody has a taste of their own, so popularity is all there is."""
    rng = np.random.default_rng(seed)
    chances = 1 / np.arange(1, items + 1) ** 1.2
    chances /= chances.sum()
    rows = []
    for person in range(people):
        for time, item in enumerate(rng.choice(items, size=6, replace=False, p=chances)):
            rows.append((f"p{person}", f"i{item}", 1.0, int(time) * 1000 + 1))
    return Interactions.from_rows(rows)


def newcomers(seed: int = 0) -> Interactions:
    """Tastes, but almost everybody of the last fifth of the time is new."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(150):
        own = np.arange(person % 2, 12, 2)
        for step, item in enumerate(rng.permutation(own)):
            rows.append((f"p{person}", f"i{item}", 1.0, person * 100_000 + step + 1))
    return Interactions.from_rows(rows)
