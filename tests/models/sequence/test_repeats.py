from __future__ import annotations

import numpy as np
import pytest

from salience.events import InvalidInput
from salience.models.sequence import Repeats, Sequences
from salience.models.sequence.model import SequenceModel
from salience.models.sequence.repeats import latest
from tests.models.sequence.sequence_suite import SequenceSuite


class TestRepeats(SequenceSuite):
    algorithm = Repeats()
    follows = False

    def test_arrays_of_another_catalogue_are_refused(self, model: SequenceModel) -> None:
        """Its arrays are of buckets, which fit every catalogue; other buckets do not."""
        with pytest.raises(ValueError, match="rate"):
            type(model).from_arrays(model.items, model.arrays() | {"rate": np.zeros(3, np.float32)})


def test_latest_age_and_count() -> None:
    counts, ages = latest(Sequences.of([["a", "b", "a", "a"], ["b"]]))
    assert counts.toarray().tolist() == [[3, 1], [0, 1]]
    assert ages.indices.tolist() == [0, 1, 1]
    assert ages.data.tolist() == [0, 2, 0]


def test_rates_are_returns_over_chances() -> None:
    """a a b a: at age 0 one of the chances a, a, b came back; at age 1 the one chance, a, did."""
    rate = Repeats().fit(Sequences.of([["a", "a", "b", "a"]])).rate
    assert np.allclose(rate[:3], [1 / 3, 1, 0])


def test_habit_counts_occurrences() -> None:
    data = Sequences.of([["a", "b", "a", "b", "a", "b"]] * 3)
    prefix = Sequences.of([["a", "a", "b"]], items=data.items)
    once, thrice = (Repeats(habit=habit).fit(data).score(prefix)[0, 0] for habit in (0.0, 1.0))
    assert once > 0
    assert np.isclose(thrice, 2 * once)


def test_items_outside_the_prefix_score_nothing() -> None:
    data = Sequences.of([["a", "a", "b"]])
    assert Repeats().fit(data).score(Sequences.of([["a"]], items=data.items))[0, 1] == 0


def test_a_negative_habit_is_refused() -> None:
    with pytest.raises(InvalidInput, match="habit"):
        Repeats(habit=-1).fit(Sequences.of([["a", "b"]]))
