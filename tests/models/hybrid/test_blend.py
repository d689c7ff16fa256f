from typing import Any

import numpy as np
import pytest

from salience.events import InvalidInput
from salience.models import EASE, ItemKNN, Popularity
from salience.models.graph.graph_filter import GraphFilter
from salience.models.hybrid.blend import Blend, Blended, spread
from salience.models.item_weights import ItemWeights
from tests.models.model_suite import ModelSuite, checkerboard, history


class TestBlend(ModelSuite):
    algorithm = Blend(parts=(EASE(l2=1.0), ItemKNN(), GraphFilter(factors=2)), folds=2)


def test_a_part_that_says_nothing_is_dropped() -> None:
    model = Blend(parts=(Popularity(), EASE(l2=1.0))).fit(checkerboard())
    assert isinstance(model, Blended)
    assert [part.kind for part in model.parts] == ["item-weights"]


def test_the_spread_is_over_what_is_not_in_the_history() -> None:
    scores = np.array([[5.0, 1.0, 3.0, 100.0]], np.float32)
    assert spread(scores, history({3: 1.0}, width=4)).tolist() == [pytest.approx(np.std([5, 1, 3]))]
    assert spread(np.ones((1, 4), np.float32), history({3: 1.0}, width=4)).tolist() == [1.0]
    assert spread(scores[:, :1], history({0: 1.0}, width=1)).tolist() == [1.0]


def test_each_part_counts_by_its_own_scale() -> None:
    # a part and the same part with all weights ten times as large rank alike, so blending them changes no ranking
    data = checkerboard()
    blend = Blend(parts=(EASE(l2=1.0), ItemKNN())).fit(data)
    assert isinstance(blend, Blended)
    part = blend.parts[0]
    assert isinstance(part, ItemWeights)
    loud = ItemWeights(data.items, part.weights * 10, part.binary)
    louder = Blended(data.items, (loud, *blend.parts[1:]), blend.weights)
    np.testing.assert_allclose(louder.score(data.matrix), blend.score(data.matrix), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("wrong", [{"parts": ()}, {"folds": 0}, {"ridge": 0.0}, {"fraction": 0.0}])
def test_impossible_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(wrong))):
        Blend(**wrong).fit(checkerboard())
