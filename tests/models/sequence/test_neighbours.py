from __future__ import annotations

import numpy as np
import pytest

from salience.events import InvalidInput
from salience.models.sequence import Neighbours, Sequences
from tests.models.sequence.sequence_suite import SequenceSuite, noise


class TestNeighbours(SequenceSuite):
    algorithm = Neighbours()


class TestFadingAndSharp(SequenceSuite):
    algorithm = Neighbours(k=10, fading=0.5, sharpness=2.0)


def test_the_equation_by_hand() -> None:
    """Prefix a, idf log(1 + 2/2): both hold it, of sizes 2 and 3, so b gets idf / sqrt 2; c and d get idf / sqrt 3."""
    data = Sequences.of([["a", "b"], ["a", "c", "d"]])
    scores = Neighbours().fit(data).score(Sequences.of([["a"]], items=data.items))[0]
    idf = np.log(2)
    assert np.allclose(scores, idf * np.array([2**-0.5 + 3**-0.5, 2**-0.5, 3**-0.5, 3**-0.5]))


def test_only_the_k_most_similar_vote() -> None:
    data = Sequences.of([["a", "b"], ["a", "c", "d"]])
    scores = Neighbours(k=1).fit(data).score(Sequences.of([["a"]], items=data.items))[0]
    assert scores[1] > 0
    assert scores[2] == 0


def test_fading_prefers_the_newer_of_two_equals() -> None:
    data = Sequences.of([["a", "old"], ["a", "new"]])
    prefix = Sequences.of([["a"]], items=data.items)
    even = Neighbours().fit(data).score(prefix)[0]
    faded = Neighbours(fading=0.5).fit(data).score(prefix)[0]
    assert even[1] == even[2]
    assert faded[2] > faded[1]


def test_sharpness_is_a_power_of_the_similarity() -> None:
    """With every neighbour kept, votes of sharpness 2 are those of 1 squared, up to a factor per row."""
    data = noise(1)
    prefix = data.rows(slice(0, 1))
    model = Neighbours(k=10**6).fit(data)
    similar = (prefix.decayed(model.recency) @ model.holders).toarray()[0]
    expected = (similar / similar.max()) ** 2 @ model.sets.toarray()
    assert np.allclose(Neighbours(k=10**6, sharpness=2.0).fit(data).score(prefix)[0], expected, rtol=1e-4)


@pytest.mark.parametrize("settings", [{"k": 0}, {"recency": 0.0}, {"fading": -1.0}, {"sharpness": 0.0}])
def test_settings_that_mean_nothing_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(settings))):
        Neighbours(**settings).fit(Sequences.of([["a", "b"]]))  # type: ignore[arg-type]
