from typing import Any

import numpy as np
import pytest
from scipy import sparse

from salience.events import InvalidInput
from salience.models.linear.ease import EASE
from salience.models.linear.near_ease import NearEASE
from salience.models.neighbours.neighbourhood import neighbourhoods
from tests.models.model_suite import ModelSuite, checkerboard


class TestNearEASE(ModelSuite):
    algorithm = NearEASE(l2=1.0, neighbours=4)


class TestWeighted(ModelSuite):
    algorithm = NearEASE(l2=1.0, neighbours=20, binary=False)


def test_with_every_item_near_it_is_ease() -> None:
    # items of two colours share nobody, so their weights are 0 in EASE as well
    data = checkerboard()
    near = NearEASE(l2=1.5, neighbours=20).fit(data).weights
    assert isinstance(near, sparse.csr_array)
    exact: Any = EASE(l2=1.5).fit(data).weights
    found: Any = near.toarray()
    np.testing.assert_allclose(found, exact, atol=1e-5)


def test_memory_is_items_times_neighbours() -> None:
    near = neighbourhoods(checkerboard().matrix, 3)
    assert np.diff(near.indptr).max() <= 3
    assert near.diagonal().max() == 0


@pytest.mark.parametrize("wrong", [{"l2": 0.0}, {"neighbours": 0}])
def test_impossible_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(wrong))):
        NearEASE(**wrong)
