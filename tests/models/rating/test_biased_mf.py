from typing import Any

import numpy as np
import pytest

from salience.events import InvalidInput
from salience.models.rating.biased_mf import BiasedMF
from tests.models.rating.rating_suite import RatingSuite, everything


class TestBiasedMF(RatingSuite):
    algorithm = BiasedMF(factors=2, reg=0.01)


def test_each_iteration_lowers_the_loss() -> None:
    data, losses, reg = everything(), [], 0.1
    for iterations in (1, 2, 4, 8):
        model = BiasedMF(factors=2, reg=reg, iterations=iterations).fit(data)
        error = data.value - model.expected(data.user, data.item, data.time)
        decay = (model.people[data.user] ** 2).sum() + (model.things[data.item] ** 2).sum()  # n_u |.|^2 + n_i |.|^2
        losses.append(float(error @ error + reg * decay))
    assert losses == sorted(losses, reverse=True)


def test_much_regularisation_leaves_the_mean() -> None:
    data = everything()
    told = BiasedMF(reg=1e6).fit(data).predict(data.user, data.item)
    np.testing.assert_allclose(told, data.value.mean(), atol=1e-3)


@pytest.mark.parametrize("wrong", [{"factors": 0}, {"reg": 0.0}, {"iterations": 0}])
def test_impossible_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(wrong))):
        BiasedMF(**wrong)
