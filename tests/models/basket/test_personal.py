import numpy as np
import pytest

from salience.events import InvalidInput
from salience.models.basket import Baskets, Personal
from salience.models.basket.habits import faded
from tests.models.basket.basket_suite import BasketSuite, ranking, world


class TestPersonal(BasketSuite):
    algorithm = Personal()
    personal = True


def test_groups_fade_within_and_across_as_in_the_paper() -> None:
    # newest first: 1, decay within a group of two; the older group, of one, at a tenth; each group counts a half
    own = faded(Baskets.of([[["a"], ["b"], ["c"]]]), 0.5, 0.1, 2).toarray()[0]
    np.testing.assert_allclose(own, [0.5 * 0.1 * 1.0, 0.5 * 0.5 / 2, 0.5 * 1 / 2], rtol=1e-6)


def test_the_newest_counts_more() -> None:
    order = ranking(Personal(decay=0.5).fit(world()), [["a"], ["c"]])
    assert order[:2] == ["c", "a"]


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(InvalidInput, match="size"):
        Personal(size=-1)
