"""The compiled loops, by rows and by columns, against the blocks of NumPy, and the ways against each other in a fit."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from salience.models.factors import blockwise, compiled, sides, streamed, subspace
from salience.models.factors.als import ALS
from salience.models.factors.sides import Side
from salience.models.factors.weighing import Weighing
from tests.models.factors.test_subspace import rows_of
from tests.models.model_suite import checkerboard


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("scaled", [True, False])
@pytest.mark.parametrize("way", [compiled, streamed])
def test_all_ways_find_the_same(monkeypatch: pytest.MonkeyPatch, way: ModuleType, binary: bool, scaled: bool) -> None:
    monkeypatch.setattr(sides, "ENOUGH", 50)
    rows = rows_of([0, 1, 3, 3, 4, 9, 20, 40] * 3, width=40)
    both = Side.both(rows, sparse.csr_array(rows.T), Weighing(alpha=6.0, reg=0.1, scaled=scaled, binary=binary), 2)
    for side in both:
        assert side.threads == 2
        rng = np.random.default_rng(1)
        factors = rng.normal(size=(side.rows.shape[1] + 1, 5)).astype(np.float32)
        factors[-1] = 0
        one, two = (each.targets(side, factors) for each in (blockwise, way))
        np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-4)
        ridge = np.eye(5, dtype=np.float32) * 0.2 + 0.05 if scaled else None
        g = rng.random(5).astype(np.float32)
        starts = [rng.normal(size=one.shape).astype(np.float32)] * 2
        found = []
        for each, start in zip((blockwise, way), starts, strict=True):
            x = start.copy()
            each.improve(side, factors, x, ridge, g, 3)
            found.append(x)
        np.testing.assert_allclose(found[0], found[1], rtol=2e-3, atol=2e-3)
        assert np.abs(found[0] - starts[0]).max() > 0.1


def test_a_fit_without_the_extra_finds_what_one_with_it_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = ALS(factors=4).fit(checkerboard())
    monkeypatch.setattr(compiled, "there", lambda: False)
    slow = ALS(factors=4).fit(checkerboard())
    np.testing.assert_allclose(quick.factors, slow.factors, rtol=1e-2, atol=1e-3)


def test_where_factors_are_far_they_are_read_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    data = checkerboard()
    near = ALS(factors=4).fit(data)
    streamed_rows: list[int] = []
    way = streamed.improve

    def counted(side: Side, *rest: Any) -> None:
        streamed_rows.append(len(side.total))
        way(side, *rest)

    monkeypatch.setattr(streamed, "improve", counted)
    smaller, larger = sorted((len(data.users), len(data.items)))
    monkeypatch.setattr(subspace, "CACHE", smaller * 4 * 4)
    far = ALS(factors=4).fit(data)
    assert smaller < larger
    assert set(streamed_rows) == {smaller}
    np.testing.assert_allclose(near.factors, far.factors, rtol=1e-2, atol=1e-3)
