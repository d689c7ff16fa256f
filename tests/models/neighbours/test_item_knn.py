from typing import Any

import numpy as np
import pytest
from sklearn.metrics.pairwise import cosine_similarity

from salience.events import InvalidInput
from salience.events.interactions import Interactions
from salience.models import ItemKNN
from salience.models.item_weights import ItemWeights
from salience.models.neighbours import similarity
from tests.models.model_suite import ModelSuite, checkerboard


class TestCosine(ModelSuite):
    algorithm = ItemKNN(neighbours=5)


class TestWeightedShrunk(ModelSuite):
    algorithm = ItemKNN(neighbours=5, binary=False, shrink=5.0)


class TestJaccard(ModelSuite):
    algorithm = ItemKNN(neighbours=5, measure="jaccard")


class TestTilted(ModelSuite):
    algorithm = ItemKNN(neighbours=5, tilt=0.3, weighting="tf-idf")


class TestOkapi(ModelSuite):
    algorithm = ItemKNN(neighbours=5, binary=False, weighting="bm25", shrink=5.0)


class TestPearson(ModelSuite):
    algorithm = ItemKNN(neighbours=5, measure="pearson", binary=False)
    personal = False  # correlates values, of which the checkerboard has only two: no visible right answer


class TestAdjusted(ModelSuite):
    algorithm = ItemKNN(neighbours=5, measure="adjusted", binary=False)
    personal = False  # likewise


def dense(model: ItemWeights) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    assert not isinstance(model.weights, np.ndarray)
    return model.weights.toarray()


def test_all_neighbours_are_the_cosine_matrix() -> None:
    data = checkerboard()
    weights = dense(ItemKNN(neighbours=100, binary=False).fit(data))
    expected = cosine_similarity(data.matrix.toarray().T)
    np.fill_diagonal(expected, 0)
    np.testing.assert_allclose(weights, expected, atol=1e-6)


def test_each_item_keeps_its_own_neighbours() -> None:
    weights = dense(ItemKNN(neighbours=2).fit(checkerboard()))
    assert ((weights > 0).sum(axis=0) <= 2).all()  # columns: those that speak for an item


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = dense(ItemKNN(neighbours=3).fit(checkerboard()))
    monkeypatch.setattr(similarity, "CELLS", 25)
    np.testing.assert_array_equal(dense(ItemKNN(neighbours=3).fit(checkerboard())), whole)


def test_shrinking_favours_what_many_agree_on() -> None:
    few = [("a", "rare", 1, 0), ("a", "cup", 1, 0)]
    many = [(f"u{n}", item, 1, 0) for n in range(9) for item in ("tea", "cup")]
    data = Interactions.from_rows([*few, *many])
    plain, shrunk = (dense(ItemKNN(shrink=shrink).fit(data)) for shrink in (0.0, 10.0))
    cup, rare, tea = (data.items.code(name) for name in ("cup", "rare", "tea"))
    assert shrunk[rare, cup] / plain[rare, cup] == pytest.approx(1 / 11, rel=1e-4)
    assert shrunk[tea, cup] / plain[tea, cup] == pytest.approx(9 / 19, rel=1e-4)


def test_of_a_person_who_took_everything_little_is_learned() -> None:
    rows = [("all", item, 1, 0) for item in "abcdefgh"]
    rows += [("ann", item, 1, 0) for item in "ab"] + [(f"u{n}", item, 1, 0) for n, item in enumerate("cdefgh")]
    data = Interactions.from_rows(rows)
    a, b, c = (data.items.code(name) for name in "abc")
    plain, weighed = (dense(ItemKNN(weighting=how).fit(data)) for how in ("none", "tf-idf"))
    assert weighed[a, b] / weighed[a, c] > plain[a, b] / plain[a, c]


def test_a_low_tilt_is_the_share_of_the_other_items_people() -> None:
    data = Interactions.from_rows([("x", "a", 1, 0), ("x", "b", 1, 0), ("y", "a", 1, 0), ("z", "a", 1, 0)])
    weights = dense(ItemKNN(tilt=0.0).fit(data))
    a, b = data.items.code("a"), data.items.code("b")
    assert weights[b, a] == pytest.approx(1.0)  # of those who have b, all have a
    assert weights[a, b] == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("wrong", "parameter"),
    [
        ({"measure": "dice"}, "measure"),
        ({"weighting": "idf"}, "weighting"),
        ({"weighting": "bm25", "measure": "pearson", "binary": False}, "weighting"),
        ({"tilt": 1.5}, "tilt"),
        ({"tilt": 0.3, "measure": "jaccard"}, "tilt"),
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, Any], parameter: str) -> None:
    with pytest.raises(InvalidInput, match=parameter):
        ItemKNN(**wrong)
