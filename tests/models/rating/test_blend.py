from typing import Any

import numpy as np
import pytest

from salience.events import InvalidInput
from salience.models.rating.biased_mf import BiasedMF
from salience.models.rating.blend import RatingBlend, stacked
from tests.models.rating.rating_suite import RatingSuite, everything

MEAN, GOOD = BiasedMF(reg=1e6), BiasedMF(factors=2, reg=0.01)


class TestBlend(RatingSuite):
    algorithm = RatingBlend(parts=(MEAN, GOOD))


def test_the_part_that_knows_gets_the_weight() -> None:
    weights = RatingBlend(parts=(BiasedMF(reg=100.0), GOOD)).fit(everything()).weights
    assert weights[1] > 0.8


def test_the_weights_of_a_known_mixture_are_found() -> None:
    told = np.random.default_rng(0).normal(size=(500, 3))
    weights, shift = stacked(told, 2 + told @ [0.2, 0.5, 0.3], 1e-9)
    np.testing.assert_allclose(weights, [0.2, 0.5, 0.3], atol=1e-6)
    assert shift == pytest.approx(2, abs=1e-6)


def test_a_heavy_ridge_is_the_plain_mean() -> None:
    told = np.random.default_rng(0).normal(size=(500, 2))
    np.testing.assert_allclose(stacked(told, told[:, 0], 1e9)[0], [0.5, 0.5], atol=1e-6)


@pytest.mark.parametrize("wrong", [{"parts": ()}, {"folds": 1}, {"ridge": 0.0}])
def test_impossible_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(wrong))):
        RatingBlend(**wrong)
