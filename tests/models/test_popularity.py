import numpy as np
import pytest

from salience.events import InvalidInput
from salience.events.interactions import Interactions
from salience.models import Popularity
from salience.models.popularity import DAY
from tests.models.model_suite import ModelSuite


class TestPopularity(ModelSuite):
    algorithm = Popularity()
    personal = False  # everybody gets the same list
    explains = False  # and no history explains it


class TestDecayed(ModelSuite):
    algorithm = Popularity(half_life_days=1.0)
    personal = False
    explains = False


def test_a_half_life_halves() -> None:
    data = Interactions.from_rows([("a", "x", 1, 0), ("b", "y", 1, 3 * DAY)])
    assert Popularity(half_life_days=1.0).fit(data).people_per_item.tolist() == [0.125, 1.0]


def test_a_person_who_came_back_counts_once_with_the_newest_visit() -> None:
    data = Interactions.from_rows([("a", "x", 1, DAY), ("a", "x", 1, 0), ("a", "x", 1, DAY), ("b", "y", 1, DAY)])
    assert Popularity(half_life_days=1.0).fit(data).people_per_item.tolist() == [1.0, 1.0]


def test_now_is_the_newest_time_of_the_data_not_of_the_clock() -> None:
    early = Interactions.from_rows([("a", "x", 1, 0), ("b", "y", 1, DAY)])
    late = Interactions.from_rows([("a", "x", 1, 1000 * DAY), ("b", "y", 1, 1001 * DAY)])
    first, second = (Popularity(half_life_days=5.0).fit(data).people_per_item for data in (early, late))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("half_life", [-1.0, float("nan"), float("inf")])
def test_impossible_half_lives_are_refused(half_life: float) -> None:
    with pytest.raises(InvalidInput, match="half_life_days"):
        Popularity(half_life_days=half_life)
