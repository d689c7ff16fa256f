import pytest

from salience.events import InvalidInput
from salience.models.basket import Baskets, Popular
from tests.models.basket.basket_suite import BasketSuite


class TestPopular(BasketSuite):
    algorithm = Popular()
    personal = False


def test_a_person_has_one_vote_however_much_they_buy() -> None:
    table = Baskets.of([[["tea"], ["milk"]], [["milk"]]])
    assert Popular(decay=1.0).fit(table).share.tolist() == [0.25, 0.75]
    assert Popular(decay=0.0).fit(table).share.tolist() == [0.0, 1.0]


def test_a_decay_beyond_one_is_refused() -> None:
    with pytest.raises(InvalidInput, match="decay"):
        Popular(decay=1.5)
