"""A world in which no weighted sum is right: one part is to be trusted on rare items, the other on well-known ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from salience.events import InvalidInput
from salience.models import EASE, ItemKNN
from salience.models.boosted_stack import BELOW, Boosted
from salience.models.conditional_logit import Choices
from salience.models.graph_filter import GraphFilter
from salience.models.weight_search import per_person
from tests.models.model_suite import ModelSuite, checkerboard

PARTS = (EASE(l2=1.0), ItemKNN(), GraphFilter(factors=2))


class TestTrees(ModelSuite):
    algorithm = Boosted(parts=PARTS)
    personal = False  # thirty-odd choices are fewer than a leaf must have: the trees learn nothing here


class TestLine(ModelSuite):
    algorithm = Boosted(parts=PARTS, trees=0)

    def test_a_longer_history_of_one_colour_moves_the_scores_there(self, model: Any) -> None:
        """Not claimed: on twelve people, all with four items, nothing says what another length should mean."""


def crossed(people: int, seed: int) -> Choices:
    """Of 30 items, the chosen one has the highest first feature among the rare ones (third feature -1), or the highest
    second among the known ones; the other feature is noise there."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(4, people, 30)).astype(np.float32)
    x[2] = np.where(rng.random((people, 30)) < 0.5, -1, 1)
    x[3] = 0
    truth = np.where(x[2] < 0, x[0], x[1])
    chosen = truth.argmax(axis=1)
    closed = np.zeros((people, 30), dtype=bool)
    closed[np.arange(people), chosen] = True
    return Choices(x, closed, x[:, np.arange(people), chosen], np.arange(people))


def test_trees_find_what_no_line_can_say() -> None:
    train, test = [crossed(800, 0)], crossed(300, 1)

    def value(trees: int) -> float:
        boosted = Boosted(parts=PARTS[:2], trees=trees)
        return float(per_person(test, *boosted.rated(test, boosted.learned(train)), 5)[1].mean())

    assert value(100) > 0.8
    assert value(0) < value(100) - 0.1


def test_what_is_no_candidate_stands_below_all_candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("salience.models.boosted_stack.CANDIDATES", 1)
    data = checkerboard()
    scores = Boosted(parts=PARTS, trees=0).fit(data).score(data.matrix)
    candidates = scores > BELOW / 2
    assert (candidates.sum(axis=1) >= 1).all()
    assert (candidates.sum(axis=1) <= len(PARTS)).all()
    assert not candidates[data.matrix.toarray() > 0].any()


def test_learning_from_nobody_who_was_drawn_takes_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    boosted, choices = Boosted(parts=PARTS[:2], trees=0), [crossed(40, 0)]
    whole = boosted.learned(choices)
    monkeypatch.setattr("salience.models.boosted_stack.ROWS", 0)
    np.testing.assert_array_equal(boosted.learned(choices)["weights"], whole["weights"])


@pytest.mark.parametrize("wrong", [{"trees": -1}, {"parts": ()}])
def test_impossible_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(wrong))):
        Boosted(**wrong)
