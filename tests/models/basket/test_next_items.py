import pytest

from salience.models.basket import Baskets, NextItems
from tests.models.basket.basket_suite import BasketSuite, ranking


class TestNextItems(BasketSuite):
    algorithm = NextItems(shrink=0.0)
    personal = False


def test_followers_are_counted_by_hand() -> None:
    # twice tea -> milk, once tea -> jam; a basket of two gives each of its items half a vote
    table = Baskets.of([[["tea"], ["milk"]], [["tea"], ["milk"]], [["tea", "salt"], ["jam"]]])
    model = NextItems(window=1, shrink=0.0).fit(table)
    told = dict(zip(table.items.names, model.table.toarray()[table.items.code("tea")], strict=True))
    assert told["milk"] == pytest.approx(2 / 2.5)
    assert told["jam"] == pytest.approx(0.5 / 2.5)
    assert ranking(model, [["tea"]])[0] == "milk"


def test_nothing_follows_across_people() -> None:
    model = NextItems(window=3).fit(Baskets.of([[["a"]], [["b"]], [["c"]]]))
    assert model.table.nnz == 0
