from __future__ import annotations

import numpy as np

from salience.prepare.drift import SHIFT, WATCH, share_moved, stability


def drawn(rng: np.random.Generator, n: int, p: list[float]) -> dict[str, int]:
    return {str(place): int(count) for place, count in enumerate(rng.multinomial(n, p))}


def test_two_samples_of_one_distribution_are_stable_however_small() -> None:
    rng = np.random.default_rng(0)
    p = [0.05] * 20
    found = [stability(drawn(rng, n, p), drawn(rng, n, p)) for n in (100, 1000) for _ in range(200)]
    assert np.mean([value >= SHIFT for value in found]) < 0.05
    assert np.mean(found[200:]) < WATCH / 5


def test_a_shift_is_seen() -> None:
    rng = np.random.default_rng(1)
    assert stability(drawn(rng, 500, [0.7, 0.3]), drawn(rng, 500, [0.3, 0.7])) > SHIFT


def test_a_new_bin_is_a_finite_shift() -> None:
    assert SHIFT < stability({"a": 1000}, {"a": 500, "b": 500}) < 10


def test_nothing_to_compare_is_no_shift() -> None:
    assert stability({}, {"a": 5}) == stability({"a": 5}, {}) == 0.0


def test_chance_of_shares() -> None:
    assert share_moved(0, 0, 1, 1) == 1.0
    assert share_moved(0, 50, 0, 50) == 1.0
    assert abs(share_moved(30, 100, 45, 100) - 0.0284) < 5e-4  # z = 2.1909
