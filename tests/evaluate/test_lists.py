"""By hand, and against the definitions written out item by item."""

from __future__ import annotations

from itertools import combinations
from math import log

import numpy as np
import pytest
from scipy import sparse

from salience.evaluate.lists import average_popularity, diversity, long_tail_share, miscalibration

GENRES = sparse.csr_array(np.array([[1, 0], [1, 0], [0, 1], [0, 0]], dtype=np.float32))


def test_a_list_like_the_history_is_calibrated_and_one_unlike_it_is_not() -> None:
    history = sparse.csr_array(np.array([[1, 0, 1, 0]] * 3, dtype=np.float32))
    told = miscalibration(np.array([[1, 2], [0, 1], [4, 4]]), history, GENRES)
    assert told[0] == pytest.approx(0)
    assert told[1] == pytest.approx(0.5 * log(0.5 / 0.995) + 0.5 * log(0.5 / 0.005))
    assert told[2] == pytest.approx(log(100))  # nothing was shown


def test_diversity_by_hand() -> None:
    told = diversity(np.array([[0, 1], [0, 2], [0, 3], [0, 4], [4, 4]]), GENRES)
    assert told.tolist() == pytest.approx([0, 1, 1, 0, 0])


def test_popularity_by_hand() -> None:
    people = np.array([10.0, 1.0, 2.0, 3.0])
    ranked = np.array([[0, 1], [2, 4], [4, 4]])
    assert average_popularity(ranked, people).tolist() == [5.5, 2.0, 0.0]
    assert long_tail_share(ranked, people).tolist() == [0.5, 1.0, 0.0]  # one item of four is the head: the first


@pytest.mark.parametrize("seed", range(3))
def test_equals_the_definitions(seed: int) -> None:
    rng = np.random.default_rng(seed)
    users, n, k = 9, 14, 5
    x = (rng.random((n, 4)) * (rng.random((n, 4)) < 0.5)).astype(np.float32)
    history = (rng.random((users, n)) * (rng.random((users, n)) < 0.4)).astype(np.float32)
    ranked = np.stack([rng.permutation(n + 1)[:k] for _ in range(users)])
    told = miscalibration(ranked, sparse.csr_array(history), sparse.csr_array(x))
    alike = diversity(ranked, sparse.csr_array(x))
    share = [x[i] / x[i].sum() if x[i].sum() else x[i] for i in range(n)]
    for u in range(users):
        shown = [i for i in ranked[u] if i < n]
        p = sum(history[u, i] * share[i] for i in range(n))
        q = sum(share[i] for i in shown)
        p, q = (part / part.sum() if part.sum() else part for part in (p, q))
        by_hand = sum(a * log(a / (0.99 * b + 0.01 * a)) for a, b in zip(p, q, strict=True) if a > 0)
        assert told[u] == pytest.approx(by_hand, abs=1e-5)
        apart = []
        for i, j in combinations(shown, 2):
            length = float(np.linalg.norm(x[i]) * np.linalg.norm(x[j]))
            apart.append(1 - float(x[i] @ x[j]) / length if length else 1.0)
        assert alike[u] == pytest.approx(np.mean(apart), abs=1e-5)
