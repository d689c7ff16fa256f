from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from salience.optimise.experiments.pair import means, ratios
from salience.optimise.experiments.sums import Sums


def test_means_are_welch_s_test() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.normal(0, 1, 30), rng.normal(0.5, 3, 50)
    pair = means(Sums.of(a[:, None]), Sums.of(b[:, None]))
    expected = stats.ttest_ind(b, a, equal_var=False)
    assert float(pair.p_value()) == pytest.approx(float(expected.pvalue))
    low, high = pair.interval()
    assert (float(low), float(high)) == pytest.approx(tuple(expected.confidence_interval()))


def test_a_ratio_is_judged_by_user_and_not_by_view() -> None:
    rng, false, naive = np.random.default_rng(4), 0, 0
    for _ in range(400):
        arms = []
        for _ in range(2):
            views = rng.poisson(20, 200) + 1
            arms.append(np.stack([rng.binomial(views, rng.beta(1, 4, 200)), views], axis=1).astype(float))
        pair = ratios(Sums.of(arms[0]), Sums.of(arms[1]), 0, 1)
        false += bool(pair.p_value() < 0.05)
        (c0, v0), (c1, v1) = arms[0].sum(0), arms[1].sum(0)
        p = (c0 + c1) / (v0 + v1)
        naive += bool(abs(c1 / v1 - c0 / v0) > 1.96 * np.sqrt(p * (1 - p) * (1 / v0 + 1 / v1)))
    assert false / 400 < 0.09
    assert naive / 400 > 0.2


def test_where_nothing_varies_nothing_is_found() -> None:
    pair = means(Sums.of(np.zeros((5, 1))), Sums.of(np.zeros((5, 1))))
    assert float(pair.z) == 0
    assert float(pair.p_value()) == 1
