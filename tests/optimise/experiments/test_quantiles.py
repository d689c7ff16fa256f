from __future__ import annotations

import numpy as np
import pytest

from salience.optimise.experiments.quantiles import quantiles


def test_the_standard_error_is_that_of_many_runs() -> None:
    rng = np.random.default_rng(8)
    a, b = rng.gamma(2, 3, (2000, 500)), rng.gamma(2, 3, (2000, 500))
    pair = quantiles(a, b, 0.9)
    assert pair.difference.var() == pytest.approx(pair.variance.mean(), rel=0.15)
    assert (pair.p_value() < 0.05).mean() == pytest.approx(0.05, abs=0.015)


def test_a_shift_is_found() -> None:
    values = np.arange(1000.0)
    assert float(quantiles(values, values + 7, 0.5).difference) == 7
