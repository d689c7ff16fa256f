from __future__ import annotations

import numpy as np
from scipy import stats

from salience.optimise.experiments.multiplicity import benjamini_hochberg, holm


def test_benjamini_and_hochberg_as_scipy_has_it() -> None:
    p = np.random.default_rng(15).random((7, 20)) ** 2
    np.testing.assert_allclose(benjamini_hochberg(p), stats.false_discovery_control(p, axis=1))


def test_holm_by_its_own_words() -> None:
    p = np.random.default_rng(16).random(9) ** 3
    adjusted = holm(p)
    order = np.argsort(p)
    rejected = set()
    for step, at in enumerate(order):
        if p[at] > 0.05 / (len(p) - step):
            break
        rejected.add(int(at))
    assert set(np.flatnonzero(adjusted <= 0.05).tolist()) == rejected


def test_a_smaller_p_value_is_never_adjusted_to_a_larger_one() -> None:
    assert holm(np.array([0.02, 0.021, 0.9])).tolist() == [0.06, 0.06, 0.9]
    assert benjamini_hochberg(np.array([0.03, 0.031])).tolist() == [0.031, 0.031]
