from typing import Any, ClassVar

import numpy as np
import pytest

from salience.events import InvalidInput
from salience.models import EASE, CandidateStack, ItemKNN
from salience.models.graph.graph_filter import GraphFilter
from salience.models.hybrid.candidate_stack import OUTSIDE, CandidateStacked
from salience.models.hybrid.conditional_logit import Choices
from salience.models.hybrid.ranker import Line
from salience.models.hybrid.stack import fame_of
from tests.models.model_suite import ModelSuite, checkerboard, history


class TestCandidateStack(ModelSuite):
    algorithm: ClassVar[Any] = CandidateStack(parts=(EASE(l2=1.0), ItemKNN(), GraphFilter(factors=2)))

    def test_a_longer_history_of_one_colour_moves_the_scores_there(self, model: Any) -> None:
        """Not claimed: on twelve people, all with four items, nothing says what another length should mean."""


def choices(people: int, near: float) -> Choices:
    """Everybody chose the last of three items, which the one part scores highest; ``near``: was it a candidate."""
    z = np.tile(np.array([0.0, 1.0, 2.0], np.float32), (people, 1))
    rows = np.stack([z, z, 0 * z, 0 * z, 0 * z + 1])
    closed = np.tile([False, False, True], (people, 1))
    chosen = rows[:, :, 2].copy()
    chosen[-1] = near
    return Choices(rows, closed, chosen, np.arange(people))


def test_what_was_no_candidate_teaches_nothing() -> None:
    asked = CandidateStack(parts=(EASE(),), trees=0)
    assert asked.learned([choices(30, near=1.0)])["weights"][0] > 0
    assert asked.learned([choices(30, near=0.0)])["weights"].tolist() == [0, 1, 0, 0]  # as if there were nobody


def test_trees_where_there_are_people_enough_and_lightgbm() -> None:
    pytest.importorskip("lightgbm")
    how = CandidateStack(parts=(EASE(),), trees=5).learned([choices(300, near=1.0)])
    assert "roots" in how
    low, high = CandidateStack(parts=(EASE(),)).rated(choices(300, near=1.0), how)
    assert (high > low[:, 0]).all()


def test_other_items_stand_below_every_candidate_by_the_mean_of_the_parts() -> None:
    data = checkerboard()
    part = EASE(l2=1.0).fit(data)
    line = Line(np.array([-3.0, 0, 0, 0]), np.zeros(4), np.ones(4))  # turns the candidates over, and nothing else
    model = CandidateStacked(data.items, (part,), line, fame_of(data.matrix), np.array([0, 1], np.float32), near=2)
    asked = history({0: 1.0, 2: 1.0})
    plain, scores = part.score(asked)[0], model.score(asked)[0]
    open_ = np.setdiff1d(np.arange(len(plain)), [0, 2])
    by_part = open_[np.argsort(-plain[open_], kind="stable")]
    candidates = np.flatnonzero(scores > OUTSIDE / 2)
    assert set(candidates) >= set(by_part[:2])
    rest = np.setdiff1d(open_, candidates)
    assert (np.argsort(-scores[rest], kind="stable") == np.argsort(-plain[rest], kind="stable")).all()


@pytest.mark.parametrize("wrong", [{"parts": ()}, {"folds": 0}, {"near": 0}, {"near": 41}, {"trees": -1}])
def test_impossible_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(wrong))):
        CandidateStack(**wrong)


def test_trees_that_lead_outside_their_arrays_are_refused() -> None:
    model = TestCandidateStack.algorithm.fit(checkerboard())
    arrays = {**model.arrays(), "order.weights": np.zeros(9)}
    with pytest.raises(ValueError, match="weights"):
        CandidateStacked.from_arrays(model.items, arrays)
