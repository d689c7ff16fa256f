from __future__ import annotations

import numpy as np
import pytest

from salience.optimise.experiments.sums import Sums


@pytest.mark.parametrize("cut", [0, 1, 7, 40])
def test_two_halves_add_up_to_the_whole(cut: int) -> None:
    rows = np.random.default_rng(1).lognormal(3, 1.5, (40, 3))
    whole, added = Sums.of(rows), Sums.of(rows[:cut]) + Sums.of(rows[cut:])
    assert added.n == whole.n
    np.testing.assert_allclose(added.mean, whole.mean)
    np.testing.assert_allclose(added.scatter, whole.scatter)
    np.testing.assert_allclose(added.cov, np.cov(rows.T))


def test_a_batch_is_judged_as_its_members_are() -> None:
    rows = np.random.default_rng(2).normal(size=(5, 30, 2))
    batch = Sums.of(rows)
    for at in range(5):
        np.testing.assert_allclose(batch.cov[at], Sums.of(rows[at]).cov)
