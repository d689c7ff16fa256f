from __future__ import annotations

import numpy as np

from salience.optimise.experiments.caps import cap_of, capped


def test_the_cap_is_that_of_the_buyers_and_not_of_everybody() -> None:
    values = np.zeros(1000)
    values[:20] = np.arange(1, 21)
    assert cap_of(values, 0.95) == 19.0
    assert capped(values, 19.0).max() == 19.0
    assert cap_of(np.zeros(5), 0.99) == np.inf
