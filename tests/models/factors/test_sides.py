import numpy as np
import pytest

from salience.models.factors import conjugate, sides
from salience.models.factors.weighing import Weighing
from tests.models.factors.test_subspace import rows_of, side


@pytest.mark.parametrize("lengths", [[3, 0, 5, 1] * 30, [20, 30]])  # more rows than columns, and fewer
@pytest.mark.parametrize("binary", [True, False])  # one excess for all entries, and one for each
@pytest.mark.parametrize("longest", [4, 65_536])
def test_blocks_add_up_to_the_confidences_times_the_factors(
    monkeypatch: pytest.MonkeyPatch, lengths: list[int], binary: bool, longest: int
) -> None:
    monkeypatch.setattr(conjugate, "LONGEST", longest)
    monkeypatch.setattr(conjugate, "ENTRIES", 16)
    monkeypatch.setattr(sides, "ENOUGH", 7)
    rows = rows_of(lengths, width=40)
    own = side(rows, Weighing(alpha=2.0, reg=0.1, scaled=True, binary=binary))
    values = (rows.toarray() > 0) if binary else rows.toarray()
    factors = np.random.default_rng(4).normal(size=(41, 3)).astype(np.float32)
    factors[-1] = 0
    x = np.random.default_rng(5).normal(size=(len(lengths), 3)).astype(np.float32)
    found = np.zeros((3, len(lengths), 3), np.float32)
    for block in own.blocks:
        gathered = block.gathered(factors, conjugate.room(own.blocks, 3))
        inside = x[block.rows]
        found[:, block.rows] = gathered.targets(), gathered.misfit(inside), gathered.times(inside)
    confidence, inner = 2 * values + (rows.toarray() > 0), x @ factors[:-1].T
    targets, times = confidence @ factors[:-1], (2 * values * inner) @ factors[:-1]
    np.testing.assert_allclose(found, [targets, targets - times, times], rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(own.targets(factors[:-1]), targets, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(own.total[:, 0], 2 * values.sum(axis=1), rtol=1e-5)
    np.testing.assert_allclose(own.share[:, 0], values.sum(axis=0) / values.sum(), rtol=1e-4)
