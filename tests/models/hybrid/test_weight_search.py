import numpy as np
import pytest

from salience.events.interactions import Interactions
from salience.models.hybrid.conditional_logit import Choices, choices
from salience.models.hybrid.held_out import Part
from salience.models.hybrid.weight_search import ndcg, searched
from tests.models.model_suite import history

NOBODY = Interactions.from_rows([])


def two_models(scores: list[list[float]]) -> list[Choices]:
    """Somebody had item 0 and chose 2 and 5; each model scores six items."""
    part = Part(NOBODY, np.array([0]), history({0: 1.0}, width=6), history({2: 1.0, 5: 1.0}, width=6))
    return choices(part, lambda *_: np.array(scores, np.float32)[:, None, :], 0)


def test_worked_by_hand() -> None:
    batches = two_models([[9, 5, 4, 3, 2, 1]])  # of 1..5: 1, then 2 (chosen), 3, 4, then 5 (chosen, fifth)
    one = np.ones(1, np.float32)
    ideal = 1 + 1 / np.log2(3)
    assert ndcg(batches, one, 3) == pytest.approx((1 / np.log2(3)) / ideal)
    assert ndcg(batches, one, 5) == pytest.approx((1 / np.log2(3) + 1 / np.log2(6)) / ideal)
    assert ndcg(batches, one, 1) == 0


def test_two_that_each_know_one_item_are_joined() -> None:
    batches = two_models([[0, 2, 4, 0, 0, 0], [0, 0, 0, 2, 0, 4]])
    w = searched(batches, np.array([1, 0], np.float32), 2)
    assert ndcg(batches, w, 2) == 1
    assert (w > 0.2).all()
    assert w.sum() == pytest.approx(1)


def test_never_below_the_best_model_alone() -> None:
    batches = two_models([[0, 1, 5, 2, 3, 4], [0, 9, -9, 8, 7, -9]])
    start = np.array([0.1, 0.9], np.float32)  # what a likelihood might have said
    assert ndcg(batches, searched(batches, start, 2), 2) == ndcg(batches, np.array([1, 0], np.float32), 2) == 1


def test_who_scores_all_alike_has_no_luck_beyond_the_list() -> None:
    batches = two_models([[9, 0, 0, 0, 0, 0]])  # of the five that are left, two were chosen: they stand in the middle
    assert ndcg(batches, np.ones(1, np.float32), 1) == 0
    assert ndcg(batches, np.ones(1, np.float32), 2) == pytest.approx((1 / np.log2(3)) / (1 + 1 / np.log2(3)))
