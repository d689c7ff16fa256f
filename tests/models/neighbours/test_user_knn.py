import numpy as np
import pytest

from salience.events import InvalidInput
from salience.events.interactions import Interactions
from salience.models import UserKNN
from salience.models.neighbours.user_knn import similarity
from tests.models.model_suite import ModelSuite

BOOK = Interactions.from_rows(
    [(user, item, 1, 0) for user, items in (("1", "123"), ("2", "12"), ("3", "23")) for item in items]
)


class TestJaccard(ModelSuite):
    algorithm = UserKNN(neighbours=4, measure="jaccard")


class TestTiltedOkapi(ModelSuite):
    algorithm = UserKNN(neighbours=4, tilt=0.4, weighting="bm25", binary=False)


class TestCosine(ModelSuite):
    algorithm = UserKNN(neighbours=5)


class TestWeighted(ModelSuite):
    algorithm = UserKNN(neighbours=5, binary=False, shrink=2.0)


class TestPearson(ModelSuite):
    algorithm = UserKNN(neighbours=5, measure="pearson", binary=False)
    personal = False  # correlates values, of which the checkerboard has only two: no visible right answer


def test_the_textbook_cosines() -> None:
    cosines = similarity(BOOK.matrix)
    assert cosines[0, 1] == pytest.approx(2 / np.sqrt(6))
    assert cosines[0, 2] == pytest.approx(0.8165, abs=1e-4)
    assert cosines[1, 2] == pytest.approx(0.5)
    assert cosines.max() <= 1


def test_the_textbook_prediction() -> None:
    scores = UserKNN(neighbours=2).fit(BOOK).score(BOOK.matrix)
    assert scores[0, 2] == pytest.approx(0.5)  # one of user 1's two equal neighbours took item 3
    assert scores[1, 2] == pytest.approx(1.0)  # both of user 2's did


def test_one_neighbour_is_the_nearest_one() -> None:
    scores = UserKNN(neighbours=1).fit(BOOK).score(BOOK.matrix[[1]])
    assert scores.tolist() == [[1.0, 1.0, 1.0]]  # user 1 (0.816), not user 3 (0.5)


def test_pearson_knows_who_disagrees() -> None:
    rows = [
        ("ann", "a", 1.0, 0), ("ann", "b", 0.0, 0), ("ann", "c", 0.5, 0),
        ("bob", "a", 0.9, 0), ("bob", "b", 0.1, 0), ("bob", "c", 0.5, 0), ("bob", "d", 1.0, 0),
        ("cyn", "a", 0.0, 0), ("cyn", "b", 1.0, 0), ("cyn", "c", 0.5, 0), ("cyn", "e", 1.0, 0),
    ]  # fmt: skip
    data = Interactions.from_rows(rows)
    correlation = similarity(data.matrix, "pearson")
    assert correlation[0, 1] > 0.9
    assert correlation[0, 2] < -0.9
    scores = UserKNN(measure="pearson", neighbours=2, binary=False).fit(data).score(data.matrix[[0]])[0]
    assert scores[data.items.code("d")] > scores[data.items.code("e")]


@pytest.mark.parametrize(
    "wrong", [{"measure": "euclid"}, {"neighbours": 0}, {"shrink": -1.0}, {"measure": "pearson", "binary": True}]
)
def test_impossible_settings_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(wrong))):
        UserKNN(**wrong)  # type: ignore[arg-type]
