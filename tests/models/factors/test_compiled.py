"""The compiled loops against the blocks of NumPy, and both ways against each other in a fit."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from salience.models.factors import blockwise, compiled, sides
from salience.models.factors.als import ALS
from salience.models.factors.sides import Side
from salience.models.factors.weighing import Weighing
from tests.models.factors.test_subspace import rows_of
from tests.models.model_suite import checkerboard


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("scaled", [True, False])
def test_both_ways_find_the_same(monkeypatch: pytest.MonkeyPatch, binary: bool, scaled: bool) -> None:
    monkeypatch.setattr(sides, "ENOUGH", 50)
    rows = rows_of([0, 1, 3, 3, 4, 9, 20, 40] * 3, width=40)
    both = Side.both(rows, sparse.csr_array(rows.T), Weighing(alpha=6.0, reg=0.1, scaled=scaled, binary=binary), 2)
    for side in both:
        assert side.threads == 2
        rng = np.random.default_rng(1)
        factors = rng.normal(size=(side.rows.shape[1] + 1, 5)).astype(np.float32)
        factors[-1] = 0
        one, two = (way.targets(side, factors) for way in (blockwise, compiled))
        np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-4)
        ridge = np.eye(5, dtype=np.float32) * 0.2 + 0.05 if scaled else None
        g = rng.random(5).astype(np.float32)
        starts = [rng.normal(size=one.shape).astype(np.float32)] * 2
        found = []
        for way, start in zip((blockwise, compiled), starts, strict=True):
            x = start.copy()
            way.improve(side, factors, x, ridge, g, 3)
            found.append(x)
        np.testing.assert_allclose(found[0], found[1], rtol=2e-3, atol=2e-3)
        assert np.abs(found[0] - starts[0]).max() > 0.1


def test_a_fit_without_the_extra_finds_what_one_with_it_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = ALS(factors=4).fit(checkerboard())
    monkeypatch.setattr(compiled, "there", lambda: False)
    slow = ALS(factors=4).fit(checkerboard())
    np.testing.assert_allclose(quick.factors, slow.factors, rtol=1e-2, atol=1e-3)
