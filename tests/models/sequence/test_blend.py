from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from salience.events import InvalidInput
from salience.events.interactions import Matrix
from salience.models.sequence import Blend, Neighbours, Repeats, Sequences, Transitions
from salience.models.sequence.blend import Blended, Examples, candidates, hold_out, learn
from tests.models.sequence.sequence_suite import SequenceSuite, noise, rings

SMALL = (Repeats(), Transitions(), Neighbours())


class TestLast(SequenceSuite):
    algorithm = Blend(parts=SMALL)


class TestNewest(SequenceSuite):
    algorithm = Blend(parts=SMALL, holdout="newest", share=0.3)


class TestAsItComes(SequenceSuite):
    algorithm = Blend()


def test_hold_out_last_keeps_the_target_out_of_training() -> None:
    data = Sequences.of([["a", "b", "c"], ["a", "d"]])
    train, prefixes, targets = hold_out(data, "last", 0.5, 10, 0)
    assert train.lists() == prefixes.lists() == [["a", "b"], ["a"]]
    assert [data.items.names[code] for code in targets] == ["c", "d"]


def test_hold_out_newest_keeps_whole_sequences_out() -> None:
    data = Sequences.of([["a", "b"], ["b", "c"], ["c", "d", "a"]])
    train, prefixes, targets = hold_out(data, "newest", 0.3, 10, 0)
    assert train.lists() == [["a", "b"], ["b", "c"]]
    assert prefixes.lists() == [["c"], ["c", "d"]]
    assert [data.items.names[code] for code in targets] == ["d", "a"]


def test_the_regression_finds_the_weights_that_drew_the_targets() -> None:
    """3,000 choices among 10 rows of two features, drawn from the softmax of 2 and -1."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(3000, 10, 2))
    utility = values @ np.array([2.0, -1.0]) + rng.gumbel(size=(3000, 10))
    target = (utility == utility.max(axis=1, keepdims=True)).ravel()
    step = np.repeat(np.arange(3000), 10)
    flat = values.reshape(-1, 2).astype(np.float32)
    examples = Examples(flat, step, target, np.zeros(30_000, np.float32))
    weights = learn(examples, np.zeros(3000, np.float32), 1e-3)
    assert np.allclose(weights[0], [2, -1], atol=0.15)


def test_candidates_stand_for_the_whole_catalogue() -> None:
    """Each step's rows stand for as many items as there are, hold the target once, and never an item twice."""
    rng = np.random.default_rng(0)
    dense = np.where(rng.random((7, 900)) < 0.05, rng.random((7, 900)), 0).astype(np.float32)
    found: list[Matrix] = [
        sparse.csr_array(dense),
        sparse.csr_array((dense > 0.9).astype(np.float32)),
        sparse.csr_array((dense > 0.8).astype(np.float32)),
    ]
    examples = candidates(found, rng.integers(0, 900, 7).astype(np.int32), rng)
    assert np.bincount(examples.step, weights=np.exp(examples.stands_for)).round(3).tolist() == [900] * 7
    assert np.bincount(examples.step, weights=examples.target).tolist() == [1] * 7


def test_the_blend_trusts_the_part_that_is_right() -> None:
    """Nobody repeats in the rings, so the next of the ring outranks everything in the prefix."""
    model = Blend(parts=SMALL, l2=0.1).fit(rings())
    scores = model.score(Sequences.of([["tea", "milk"]], items=model.items))[0]
    assert model.items.names[scores.argmax()] == "sugar"


def test_unlike_parts_survive_saving_in_their_order() -> None:
    data = noise(2)
    model = Blend().fit(data)
    again = Blended.from_arrays(model.items, model.arrays())
    assert [part.kind for part in again.parts] == [part.kind for part in model.parts]
    assert np.array_equal(again.score(data), model.score(data))


@pytest.mark.parametrize("settings", [{"parts": ()}, {"holdout": "first"}, {"examples": 0}, {"l2": 0.0}])
def test_settings_that_mean_nothing_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(settings))):
        Blend(**settings).fit(rings())  # type: ignore[arg-type]


def test_a_share_outside_0_to_1_is_refused() -> None:
    with pytest.raises(InvalidInput, match="share"):
        Blend(holdout="newest", share=1.0).fit(rings())


def test_the_settings_name_the_parts() -> None:
    parts = Blend(parts=SMALL).settings()["parts"]
    assert [part["algorithm"] for part in parts] == ["repeats", "transitions", "sequence-knn"]
    assert parts[2]["k"] == SMALL[2].settings()["k"]
