from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from salience.events import InvalidInput
from salience.events.interactions import Attributes, Interactions
from salience.models import Content
from tests.models.model_suite import ModelSuite, history


class TestContent(ModelSuite):
    algorithm = Content()
    knows_the_untouched = True


class TestWeighted(ModelSuite):
    algorithm = Content(binary=False)
    knows_the_untouched = True


def films(attributes: list[list[float]]) -> Interactions:
    data = Interactions.from_rows([("ann", f"film {n}", 1.0, n) for n in range(len(attributes))])
    values = sparse.csr_array(np.array(attributes, dtype=np.float32))
    return replace(data, attributes=Attributes(tuple(f"a{n}" for n in range(values.shape[1])), values))


def test_a_rare_attribute_in_common_says_more_than_a_frequent_one() -> None:
    data = films([[1, 1], [1, 0], [0, 1], [1, 0], [1, 0], [1, 0]])  # the first is common, the second rare
    scores = Content().fit(data).score(history({0: 1.0}, width=6))[0]
    assert scores[2] > scores[1]


def test_the_score_is_a_mean_cosine() -> None:
    data = films([[1, 0], [0, 1], [1, 0]])
    scores = Content().fit(data).score(history({0: 1.0, 1: 1.0}, width=3))[0]
    assert scores.tolist() == [pytest.approx(0.5), pytest.approx(0.5), pytest.approx(0.5)]
    weighted = Content(binary=False).fit(data).score(history({0: 1.0, 1: 0.25}, width=3))[0]
    assert weighted[2] == pytest.approx(0.8)


def test_an_item_without_attributes_scores_zero() -> None:
    assert Content().fit(films([[1, 0], [0, 0]])).score(history({0: 1.0}, width=2))[0].tolist() == [1.0, 0.0]


def test_data_without_attributes_are_refused() -> None:
    with pytest.raises(InvalidInput, match="attributes"):
        Content().fit(Interactions.from_rows([("a", "b", 1.0, 0)]))


def test_attributes_of_other_items_are_refused() -> None:
    data = replace(films([[1, 0], [0, 1]]), attributes=films([[1, 0]]).attributes)
    with pytest.raises(InvalidInput, match="one row per item"):
        Content().fit(data)
