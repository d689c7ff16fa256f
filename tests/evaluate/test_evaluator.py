from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest
import pytrec_eval
from numpy.typing import NDArray

from salience.evaluate import Judged, Split, evaluate, evaluator, newest_fraction
from salience.events import InvalidInput
from salience.events.interactions import IdMap, Interactions, Matrix
from salience.models import EASE, Model, People, Popularity
from salience.models.model import Arrays, Floats


@dataclass(frozen=True, eq=False)
class Fixed(Model):
    """Scores as told, by the number of the item."""

    kind: ClassVar[str] = "fixed"

    told: Floats

    def score(self, histories: Matrix) -> Floats:
        return np.tile(self.told, (histories.shape[0], 1))

    def arrays(self) -> Arrays:
        return {}

    @classmethod
    def from_arrays(cls, items: IdMap, arrays: Mapping[str, NDArray[Any]], *, people: People | None = None) -> Fixed:
        raise NotImplementedError


def split_of(train: list[tuple[str, str]], test: list[tuple[str, str]]) -> Split:
    rows = [(u, i, 1.0, n) for n, (u, i) in enumerate([*train, *test])]
    data = Interactions.from_rows(rows)
    held = np.arange(len(rows)) >= len(train)
    return Split(data.rows(~held), data.rows(held), "by hand")


def test_by_hand() -> None:
    """Ann had a; of b, c, d she then took c. Scores: a > b > c > d, so with a left out, c is second."""
    split = split_of([("ann", "a"), ("bob", "b"), ("bob", "c"), ("bob", "d")], [("ann", "c")])
    result = evaluate(Fixed(split.train.items, np.array([4, 3, 2, 1], np.float32)), split, k=2)
    assert result.users.tolist() == [0]
    assert result.ranked.tolist() == [[1, 2]]
    assert result.mean("ndcg") == pytest.approx(1 / np.log2(3))
    assert result.mean("mrr") == 0.5
    assert result.mean("recall") == 1.0
    assert not result.cold.any()


def test_what_somebody_had_already_is_not_asked_for_again() -> None:
    split = split_of([("ann", "a"), ("bob", "b")], [("ann", "a"), ("ann", "b"), ("bob", "b")])
    judged = Judged.of(split)
    assert judged.users.tolist() == [0]  # bob's only test item is one he had
    assert judged.relevant.toarray().tolist() == [[0.0, 1.0]]


def test_new_people_get_the_popular_list_and_are_kept_apart() -> None:
    train = [("ann", "a"), ("bob", "a"), ("cyn", "a"), ("ann", "b"), ("bob", "c")]
    split = split_of(train, [("new", "a"), ("ann", "c")])
    against = Fixed(split.train.items, np.array([0, 1, 2], np.float32))
    result = evaluate(against, split, k=1)
    assert result.cold.tolist() == [False, True]
    assert result.ranked.tolist() == [[2], [0]]  # ann by the model, the new one by popularity
    assert result.values["hr"].tolist() == [1.0, 1.0]
    other = evaluate(against, split, k=1, fallback=against)
    assert other.values["hr"].tolist() == [1.0, 0.0]


def test_equals_trec_eval_from_a_real_model() -> None:
    rng = np.random.default_rng(0)
    data = Interactions.from_rows(
        [(f"u{u}", f"i{i}", 1.0, t) for t, (u, i) in enumerate(rng.integers(0, 40, (900, 2)))]
    )
    split = newest_fraction(data, 0.3)
    model = EASE(l2=10.0).fit(split.train)
    result = evaluate(model, split, k=5)
    judged = Judged.of(split)
    assert len(result.users) > 30
    scores = model.score(judged.histories).astype(np.float64)
    scores[judged.histories.toarray() > 0] = -1e9
    run = {str(n): {str(i): scores[n, i] for i in range(len(data.items))} for n in range(len(judged.users))}
    truth = {str(n): {str(i): 1 for i in judged.relevant[[n]].indices} for n in range(len(judged.users))}
    theirs = pytrec_eval.RelevanceEvaluator(truth, {"ndcg_cut.5", "recall.5"}).evaluate(run)
    for name, key in (("ndcg", "ndcg_cut_5"), ("recall", "recall_5")):
        expected = [theirs[str(n)][key] for n in range(len(judged.users))]
        np.testing.assert_allclose(result.values[name], expected, atol=1e-9)


def test_batches_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    data = Interactions.from_rows(
        [(f"u{u}", f"i{i}", 1.0, t) for t, (u, i) in enumerate(rng.integers(0, 30, (500, 2)))]
    )
    split = newest_fraction(data)
    whole = evaluate(Popularity().fit(split.train), split)
    monkeypatch.setattr(evaluator, "CELLS", 30 * 4)
    parts = evaluate(Popularity().fit(split.train), split)
    np.testing.assert_array_equal(whole.ranked, parts.ranked)
    assert whole.novelty == parts.novelty


def test_tied_scores_do_not_reward_the_order_of_the_file() -> None:
    """A model that knows nothing gets what chance gives, though the test items stand first in the file."""
    items = 2000
    train = [(f"u{n}", "seen") for n in range(50)] + [("z", f"i{i}") for i in range(items)]
    split = split_of(train, [(f"u{n}", f"i{n}") for n in range(50)])
    result = evaluate(Fixed(split.train.items, np.zeros(items + 1, np.float32)), split, k=100)
    assert result.mean("recall") == pytest.approx(0.05, abs=0.06)


def test_nobody_to_judge_by_is_refused() -> None:
    with pytest.raises(InvalidInput, match="nobody"):
        evaluate(Fixed(IdMap(("a",)), np.zeros(1, np.float32)), split_of([("ann", "a")], [("ann", "a")]))


def test_a_model_of_other_items_is_refused() -> None:
    with pytest.raises(InvalidInput, match="items of the split"):
        evaluate(Fixed(IdMap(("a",)), np.zeros(1, np.float32)), split_of([("ann", "a")], [("ann", "b")]))
