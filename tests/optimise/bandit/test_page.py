"""Pages: nothing twice, no dead ends, and probabilities that are those of the draw."""

from __future__ import annotations

from collections import Counter
from itertools import permutations

import numpy as np
import pytest

from salience.optimise.bandit.beliefs import Floats
from salience.optimise.bandit.page import draw

WEIGHTS = np.array([4.0, 2.0, 1.0, 1.0])


def by_weight(_: int, left: np.ndarray) -> Floats:
    return np.asarray(WEIGHTS[left] / WEIGHTS[left].sum())


@pytest.mark.parametrize(
    ("allowed", "pinned"),
    [
        (np.ones((3, 4), bool), {}),
        (np.array([[1, 1, 1, 1], [1, 0, 0, 1], [1, 0, 0, 0]], bool), {}),
        (np.ones((3, 4), bool), {1: 0}),
    ],
    ids=["free", "narrow", "pinned"],
)
def test_pages_come_as_often_as_their_probability_says(allowed: np.ndarray, pinned: dict[int, int]) -> None:
    rng = np.random.default_rng(0)
    seen: Counter[tuple[int, ...]] = Counter()
    said: dict[tuple[int, ...], float] = {}
    for _ in range(6000):
        page = draw(allowed, pinned, by_weight, rng.random(3).tolist())
        assert page is not None
        assert np.allclose(page.chance.sum(1), 1, atol=1e-12)
        assert len(set(page.chosen)) == 3
        seen[page.chosen] += 1
        said[page.chosen] = page.probability
    possible = [p for p in permutations(range(4), 3) if all(allowed[s, a] for s, a in enumerate(p))
                and all(p[s] == a for s, a in pinned.items())]  # fmt: skip
    assert set(seen) == set(possible)
    assert sum(said.values()) == pytest.approx(1)
    for page_, count in seen.items():
        error = (said[page_] * (1 - said[page_]) / 6000) ** 0.5
        assert count / 6000 == pytest.approx(said[page_], abs=4.5 * error + 1e-9)


def test_a_page_that_cannot_be_is_none() -> None:
    narrow = np.array([[1, 0, 0], [1, 0, 0]], bool)
    assert draw(narrow, {}, by_weight, [0.5, 0.5]) is None
