from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from salience.events import InvalidInput
from salience.models.basket import UPCF, Baskets, TifuKNN
from tests.models.basket.basket_suite import BasketSuite, lists, ranking, world


class TestTifuKNN(BasketSuite):
    algorithm = TifuKNN(size=2, k=5)


class TestUPCF(BasketSuite):
    algorithm = UPCF(k=5)


def test_neighbours_tell_of_what_one_never_had() -> None:
    order = ranking(TifuKNN(size=2, k=5, alpha=0.5).fit(world()), [["a"], ["a"]])
    assert order[0] == "a"
    assert order.index("b") < min(order.index("c"), order.index("d"))  # who buys a buys b too


def test_up_cf_equals_the_paper_written_out() -> None:
    model = UPCF(window=2, q=3.0, a=0.25, k=PEOPLE).fit(world())
    x = np.array([[sum(i in b for b in row[-2:]) / 2 for i in model.items.names] for row in lists()])
    dots = x @ x.T
    size = np.diag(dots)
    similar = (dots / (size[:, None] ** 0.25 * size[None, :] ** 0.75)) ** 3
    similar[dots == 0] = 0
    expected = similar @ x / similar.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.score(world()), expected + 1e-6 * model.share, atol=1e-5)


def test_whoever_is_asked_about_is_not_their_own_neighbour() -> None:
    model = TifuKNN(size=2, alpha=0.5).fit(Baskets.of([[["a"]], [["b"]]]))
    assert model.halves(Baskets.of([[["a"]]], model.items))[1].toarray().sum() == 0


PEOPLE = len(lists())


@pytest.mark.parametrize("wrong", [{"k": 0}, {"alpha": 2.0}, {"size": 0}])
def test_impossible_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(wrong))):
        TifuKNN(**wrong)
