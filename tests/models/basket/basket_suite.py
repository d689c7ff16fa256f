"""What every next-basket model must do. A test class inherits `BasketSuite` and names its algorithm.

The world: people of two tastes, each with a habit of their own. A basket holds one's habit, always; and a, b of the
even people or c, d of the odd ones, in turn. `rare` was bought once, long ago, by one person.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest

from salience.events import InvalidInput
from salience.events.interactions import IdMap
from salience.models.basket import BasketAlgorithm, BasketModel, Baskets

PEOPLE = 24


def lists() -> list[list[list[str]]]:
    made = []
    for person in range(PEOPLE):
        tastes = ("a", "b") if person % 2 == 0 else ("c", "d")
        made.append([[f"habit {person % 6}", tastes[turn % 2]] for turn in range(5)])
    made[0][0].append("rare")
    return made


def world() -> Baskets:
    return Baskets.of(lists())


def ranking(model: BasketModel, history: list[list[str]]) -> list[str]:
    codes, _ = model.top(Baskets.of([history], model.items), len(model.items))
    return [model.items.names[code] for code in codes[0]]


class BasketSuite:
    """Inherit and set ``algorithm``; ``personal``: whether one's own habits come first."""

    algorithm: ClassVar[BasketAlgorithm]
    personal: ClassVar[bool] = True

    @pytest.fixture(scope="class")
    @classmethod
    def model(cls) -> BasketModel:
        return cls.algorithm.fit(world(), seed=1)

    def test_one_score_per_person_and_item(self, model: BasketModel) -> None:
        scores = model.score(world())
        assert scores.dtype == np.float32
        assert scores.shape == (PEOPLE, len(model.items))
        assert np.isfinite(scores).all()

    def test_a_habit_comes_before_what_was_bought_once(self, model: BasketModel) -> None:
        order = ranking(model, lists()[0])
        assert order.index("habit 0") < order.index("rare")
        if self.personal:
            assert order.index("habit 0") <= 1
            assert order.index("habit 0") < order.index("habit 3")

    def test_a_stranger_without_a_basket_gets_a_list(self, model: BasketModel) -> None:
        order = ranking(model, [])
        assert len(order) == len(model.items)
        assert order.index("a") < order.index("rare")

    def test_people_are_answered_alike_in_any_company(self, model: BasketModel) -> None:
        together, alone = model.score(world()), model.score(world().rows(np.array([3])))
        np.testing.assert_allclose(together[3], alone[0], rtol=1e-5, atol=1e-6)

    def test_same_seed_same_answer(self, model: BasketModel) -> None:
        again = self.algorithm.fit(world(), seed=1)
        np.testing.assert_array_equal(again.score(world()), model.score(world()))

    def test_arrays_and_back(self, model: BasketModel) -> None:
        back = type(model).from_arrays(model.items, model.arrays())
        np.testing.assert_array_equal(back.score(world()), model.score(world()))
        assert all(array.dtype.kind in "biuf" for array in model.arrays().values())

    def test_arrays_of_other_items_are_refused(self, model: BasketModel) -> None:
        with pytest.raises((ValueError, KeyError)):
            type(model).from_arrays(IdMap(("only one",)), model.arrays())

    def test_nothing_to_learn_from_is_refused(self) -> None:
        with pytest.raises(InvalidInput, match="baskets"):
            self.algorithm.fit(Baskets.of([]))

    def test_settings_are_kept(self, model: BasketModel) -> None:
        assert model.settings == self.algorithm.settings()
