import numpy as np
import pytest
from sklearn.metrics.pairwise import cosine_similarity

from salience.events import InvalidInput
from salience.events.interactions import Interactions
from salience.models import ItemKNN, similarity
from salience.models.item_weights import ItemWeights
from tests.models.model_suite import ModelSuite, checkerboard


class TestCosine(ModelSuite):
    algorithm = ItemKNN(neighbours=5)


class TestWeightedShrunk(ModelSuite):
    algorithm = ItemKNN(neighbours=5, binary=False, shrink=5.0)


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


def test_a_wrong_measure_is_refused() -> None:
    with pytest.raises(InvalidInput, match="measure"):
        ItemKNN(measure="jaccard")  # type: ignore[arg-type]
