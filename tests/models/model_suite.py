"""What every recommender must do. A test class inherits `ModelSuite` and names its algorithm; nothing else is needed.

The world is a checkerboard: even users took even items, odd users odd items, and each user is missing exactly one item
of their own colour. The right answer is visible by eye: that one.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from scipy import sparse

from salience.events.interactions import Attributes, IdMap, Interactions, Matrix
from salience.models import Algorithm, Model, load

USERS, ITEMS = 12, 10
UNTOUCHED = ITEMS  # one more item, of colour 0 by its attributes, that nobody took


def missing(user: int) -> int:
    """The item of the user's own colour that the user did not take."""
    return (2 * user + user % 2) % ITEMS if (2 * user) % 2 == user % 2 else (2 * user + 1) % ITEMS


def checkerboard() -> Interactions:
    """Users x (items + one untouched); values differ, so that Pearson has something to correlate."""
    rows = [(u, i) for u in range(USERS) for i in range(ITEMS) if u % 2 == i % 2 and i != missing(u)]
    user, item = (np.array(column, dtype=np.int32) for column in zip(*rows, strict=True))
    value = np.where((user // 2 + item) % 3 == 0, 0.75, 1.0).astype(np.float32)
    colours = np.zeros((ITEMS + 1, 2), np.float32)
    colours[np.arange(ITEMS + 1), np.arange(ITEMS + 1) % 2] = 1
    return Interactions(
        users=IdMap(tuple(f"user {u}" for u in range(USERS))),
        items=IdMap(tuple(f"item {i}" for i in range(ITEMS + 1))),
        user=user,
        item=item,
        value=value,
        time=np.arange(len(user), dtype=np.int64) * 1000,
        attributes=Attributes(("even", "odd"), sparse.csr_array(colours)),
    )


def history(items: dict[int, float], width: int = ITEMS + 1) -> Matrix:
    """One row with these values at these items."""
    codes = np.array(sorted(items), dtype=np.int32)
    data = np.array([items[code] for code in sorted(items)], dtype=np.float32)
    return sparse.csr_array((data, codes, np.array([0, len(codes)], np.int32)), shape=(1, width))


class ModelSuite:
    """Inherit, set ``algorithm``; set a flag to False where the algorithm does not claim the behaviour, and say why."""

    algorithm: ClassVar[Algorithm]
    personal: ClassVar[bool] = True
    """Its scores depend on the history."""
    explains: ClassVar[bool] = True
    """Its contributions sum to the score."""
    knows_the_untouched: ClassVar[bool] = False
    """It can tell something about an item that nobody took."""

    @pytest.fixture
    def data(self) -> Interactions:
        return checkerboard()

    @pytest.fixture
    def model(self, data: Interactions) -> Model:
        return self.algorithm.fit(data, seed=3)

    def test_finds_the_missing_square(self, data: Interactions, model: Model) -> None:
        if not self.personal:
            return
        scores = model.score(data.matrix)[:, :ITEMS]
        for user in range(USERS):
            unseen = [i for i in range(ITEMS) if data.matrix[user, i] == 0]
            assert unseen[int(np.argmax(scores[user, unseen]))] == missing(user), user

    def test_scores_are_dense_float32_and_finite(self, data: Interactions, model: Model) -> None:
        scores = model.score(data.matrix)
        assert type(scores) is np.ndarray
        assert scores.dtype == np.float32
        assert scores.shape == (USERS, ITEMS + 1)
        assert np.isfinite(scores).all()

    def test_no_input_is_changed(self, data: Interactions) -> None:
        before = [data.matrix.data.copy(), data.matrix.indices.copy(), data.value.copy(), data.item.copy()]
        rows = data.matrix[[0, 1]]
        given = [rows.data.copy(), rows.indices.copy()]
        fitted = self.algorithm.fit(data)
        fitted.score(rows)
        fitted.contributions(rows[[0]], 1)
        fitted.recommend(["user 0"], 3)
        for old, new in zip(before, [data.matrix.data, data.matrix.indices, data.value, data.item], strict=True):
            np.testing.assert_array_equal(old, new)
        for old, new in zip(given, [rows.data, rows.indices], strict=True):
            np.testing.assert_array_equal(old, new)

    def test_an_empty_history_and_no_history_at_all(self, model: Model) -> None:
        assert np.isfinite(model.score(history({}))).all()
        assert model.contributions(history({}), 0).shape == (0,)
        assert model.score(checkerboard().matrix[:0]).shape == (0, ITEMS + 1)

    def test_one_row_scores_as_it_does_in_a_batch(self, data: Interactions, model: Model) -> None:
        together = model.score(data.matrix)
        for user in range(USERS):
            np.testing.assert_allclose(model.score(data.matrix[[user]])[0], together[user], rtol=1e-4, atol=1e-5)

    def test_seen_items_are_never_recommended(self, data: Interactions, model: Model) -> None:
        items, scores = model.recommend([f"user {u}" for u in range(USERS)], k=ITEMS + 1)
        for user in range(USERS):
            seen = {data.items.names[i] for i in data.matrix[[user]].indices}
            left = [str(item) for item in items[user] if item]
            assert not seen & set(left)
            assert len(left) == ITEMS + 1 - len(seen)
            assert (scores[user, len(left) :] == -np.inf).all()
            assert (np.diff(scores[user, : len(left)]) <= 0).all()

    def test_same_seed_same_bytes(self, data: Interactions, model: Model) -> None:
        again = self.algorithm.fit(checkerboard(), seed=3).arrays()
        for name, array in model.arrays().items():
            assert array.tobytes() == again[name].tobytes(), name

    def test_saved_and_loaded_it_scores_the_same(self, data: Interactions, model: Model, tmp_path: Path) -> None:
        model.save(tmp_path / "model")
        back = load(tmp_path / "model")
        assert type(back) is type(model)
        assert back.items.names == model.items.names
        assert dict(back.settings) == self.algorithm.settings()
        np.testing.assert_array_equal(back.score(data.matrix), model.score(data.matrix))
        one = history({0: 1.0, 2: 0.5})
        np.testing.assert_array_equal(back.contributions(one, 4), model.contributions(one, 4))
        assert back.recommend(["user 1"], 2)[0].tolist() == model.recommend(["user 1"], 2)[0].tolist()

    def test_contributions_sum_to_the_score(self, data: Interactions, model: Model) -> None:
        rows = [history({0: 1.0, 2: 0.5, 3: 0.25}), *(data.matrix[[user]] for user in range(USERS))]
        for row in rows:
            scores = model.score(row)[0]
            for item in range(ITEMS + 1):
                parts = model.contributions(row, item)
                assert parts.shape == (row.nnz,)
                assert parts.dtype == np.float32
                if self.explains:
                    assert parts.sum() == pytest.approx(float(scores[item]), rel=1e-3, abs=1e-4)

    def test_a_longer_history_of_one_colour_moves_the_scores_there(self, model: Model) -> None:
        if not self.personal:
            return
        leaning = []
        for evens in (1, 2, 4):
            row = history({1: 1.0, 3: 0.75} | {2 * i: 1.0 - 0.25 * (i % 2) for i in range(evens)})
            scores = model.score(row)[0]
            leaning.append(float(scores[8] - scores[9]))
        assert leaning[0] < leaning[1] < leaning[2]

    def test_an_item_that_nobody_took_is_scored_without_an_error(self, data: Interactions, model: Model) -> None:
        scores = model.score(data.matrix)
        if self.knows_the_untouched:
            assert (scores[::2, UNTOUCHED] > scores[1::2, UNTOUCHED]).all()
        assert np.isfinite(model.score(history({UNTOUCHED: 1.0}))).all()

    def test_one_user_one_item(self) -> None:
        data = Interactions.from_rows([("ann", "tea", 1.0, 1)])
        data = replace(data, attributes=Attributes(("hot",), sparse.csr_array(np.ones((1, 1), np.float32))))
        fitted = self.algorithm.fit(data)
        assert fitted.score(data.matrix).shape == (1, 1)
        assert fitted.recommend(["ann"], 1)[0].tolist() == [[""]]

    def test_a_value_of_zero_is_still_something_that_happened(self, data: Interactions, model: Model) -> None:
        row = history({0: 0.0, 2: 0.0})
        assert row.nnz == 2
        assert np.isfinite(model.score(row)).all()
        assert model.contributions(row, 4).shape == (2,)

    def test_each_setting_fits_as_it_does_alone(self, data: Interactions) -> None:
        others = settings_of(type(self.algorithm))
        for own, model in zip(others, type(self.algorithm).fit_each(others, data, seed=3), strict=True):
            alone: dict[str, Any] = own.fit(data, seed=3).arrays()
            assert model.settings == own.settings()
            for name, array in model.arrays().items():
                np.testing.assert_allclose(array, alone[name], rtol=1e-4, atol=1e-5, err_msg=f"{own} {name}")


def settings_of(algorithm: type[Algorithm]) -> list[Algorithm]:
    """The defaults and the first valid values of the space, changed one at a time."""
    from salience.events import InvalidInput

    found = [algorithm()]
    for name, values in algorithm.space.items():
        for value in values:
            try:
                changed = replace(algorithm(), **{name: value})
            except InvalidInput:
                continue
            if changed not in found:
                found.append(changed)
    return found
