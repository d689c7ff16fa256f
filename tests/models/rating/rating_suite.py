"""What every rating predictor must do. A test class inherits `RatingSuite` and names its algorithm.

The world: ratings are 3, plus 1 where the person and the item are of one colour, minus 1 where they are not, plus what
is typical of the person (-.5, 0 or .5). A fifth of the pairs is hidden, and must be told.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest
from scipy import sparse

from salience.events import InvalidInput
from salience.events.interactions import Attributes, IdMap, Interactions
from salience.models.rating.rating import RatingAlgorithm, RatingModel, rmse

USERS, ITEMS = 30, 20
DAY = 86_400_000


def colours(rows: int) -> Attributes:
    table = np.zeros((rows, 2), np.float32)
    table[np.arange(rows), np.arange(rows) % 2] = 1
    return Attributes(("even", "odd"), sparse.csr_array(table))


def everything() -> Interactions:
    """Every pair's true rating; one more person and one more item have none."""
    user, item = (codes.ravel().astype(np.int32) for codes in np.meshgrid(np.arange(USERS), np.arange(ITEMS)))
    value = 3 + np.where(user % 2 == item % 2, 1.0, -1.0) + (user % 3 - 1) / 2
    return Interactions(
        users=IdMap(tuple(f"user {u}" for u in range(USERS + 1))),
        items=IdMap(tuple(f"item {i}" for i in range(ITEMS + 1))),
        user=user,
        item=item,
        value=value.astype(np.float32),
        time=(user.astype(np.int64) + 10) * DAY,
        attributes=colours(ITEMS + 1),
        traits=colours(USERS + 1),
    )


def hidden() -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.random.default_rng(5).random(USERS * ITEMS) < 0.2


class RatingSuite:
    """Inherit and set ``algorithm``."""

    algorithm: ClassVar[RatingAlgorithm]
    most_error: ClassVar[float] = 0.35
    """RMSE on the hidden fifth; that of always saying the mean is 1.08."""

    @pytest.fixture(scope="class")
    @classmethod
    def model(cls) -> RatingModel:
        return cls.algorithm.fit(everything().rows(~hidden()), seed=1)

    def test_hidden_ratings_are_told(self, model: RatingModel) -> None:
        test = everything().rows(hidden())
        told = model.predict(test.user, test.item, test.time)
        assert told.dtype == np.float32
        assert told.shape == (len(test),)
        assert rmse(told, test.value) < self.most_error

    def test_nothing_leaves_the_scale(self, model: RatingModel) -> None:
        data = everything()
        told = model.predict(data.user, data.item)
        assert told.min() >= data.value.min()
        assert told.max() <= data.value.max()

    def test_whoever_has_no_rating_is_told_something_sensible(self, model: RatingModel) -> None:
        new = model.predict(np.array([USERS, 0, USERS], np.int32), np.array([0, ITEMS, ITEMS], np.int32))
        assert (np.abs(new - 3) < 1.5).all()

    def test_same_seed_same_answer(self, model: RatingModel) -> None:
        data = everything()
        again = self.algorithm.fit(data.rows(~hidden()), seed=1)
        np.testing.assert_array_equal(
            again.predict(data.user, data.item, data.time), model.predict(data.user, data.item, data.time)
        )

    def test_without_side_data_and_times(self) -> None:
        data = everything()
        bare = Interactions(
            data.users, data.items, data.user, data.item, data.value, np.zeros(len(data), np.int64)
        ).rows(~hidden())
        test = everything().rows(hidden())
        assert rmse(self.algorithm.fit(bare).predict(test.user, test.item), test.value) < self.most_error

    def test_nobody_to_predict(self, model: RatingModel) -> None:
        assert model.predict(np.zeros(0, np.int32), np.zeros(0, np.int32)).shape == (0,)

    def test_no_rating_and_unequal_columns_are_refused(self, model: RatingModel) -> None:
        with pytest.raises(InvalidInput, match="ratings"):
            self.algorithm.fit(everything().rows(np.zeros(USERS * ITEMS, dtype=bool)))
        with pytest.raises(InvalidInput, match="users"):
            model.predict(np.zeros(2, np.int32), np.zeros(1, np.int32))

    def test_no_input_is_changed(self) -> None:
        data = everything().rows(~hidden())
        before = data.value.copy()
        self.algorithm.fit(data)
        np.testing.assert_array_equal(data.value, before)

    def test_settings_are_kept(self, model: RatingModel) -> None:
        assert model.settings == self.algorithm.settings()
