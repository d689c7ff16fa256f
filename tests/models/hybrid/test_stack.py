from typing import Any

import numpy as np
import pytest

from salience.events import InvalidInput
from salience.models import EASE, ItemKNN
from salience.models.graph.graph_filter import GraphFilter
from salience.models.hybrid.stack import Stack, Stacked, fame_of
from tests.models.model_suite import ModelSuite, checkerboard, history


class TestStack(ModelSuite):
    algorithm = Stack(parts=(EASE(l2=1.0), ItemKNN(), GraphFilter(factors=2)))

    def test_a_longer_history_of_one_colour_moves_the_scores_there(self, model: Any) -> None:
        """Not claimed: on twelve people, all with four items, nothing says what another length should mean."""


def test_weights_follow_the_length_of_the_history() -> None:
    data = checkerboard()
    part = EASE(l2=1.0).fit(data)
    weights = np.array([[1, 0], [0.5, 0]], np.float32)
    model = Stacked(data.items, (part,), weights, fame_of(data.matrix), np.array([np.log(3), 1], np.float32))
    two, more = history({0: 1.0, 2: 1.0}), history({0: 1.0, 2: 1.0, 4: 1.0, 6: 1.0})
    assert model.weights_of(two)[0, 0] == pytest.approx(1)
    assert model.weights_of(more)[0, 0] == pytest.approx(1 + 0.5 * np.log(5 / 3))


def test_fame_is_centred_and_of_spread_one() -> None:
    fame = fame_of(checkerboard().matrix)
    assert fame.mean() == pytest.approx(0, abs=1e-6)
    assert fame.std() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("wrong", [{"parts": ()}, {"folds": 0}, {"ridge": 0.0}, {"fraction": 0.0}])
def test_impossible_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(wrong))):
        Stack(**wrong).fit(checkerboard())
