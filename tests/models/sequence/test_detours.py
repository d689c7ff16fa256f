from __future__ import annotations

import numpy as np
import pytest

from salience.events import InvalidInput
from salience.models.sequence import Detours, Sequences
from tests.models.sequence.sequence_suite import SequenceSuite


class TestDetours(SequenceSuite):
    algorithm = Detours(reach=1, back=0.0)
    follows = False  # it is the item after the next that it speaks for


def test_two_steps_reach_what_was_never_seen_together() -> None:
    """tea -> milk and milk -> sugar were seen, tea with sugar never; by hand: (1/2)(1/3) with damp 1, novelty 0."""
    data = Sequences.of([["tea", "milk"], ["milk", "sugar"]])
    model = Detours(reach=1, back=0.0, novelty=0.0).fit(data)
    scores = model.score(Sequences.of([["tea"]], items=data.items))[0]
    assert np.allclose(scores, [0, 0, 1 / 2 * 1 / 3])


def test_only_the_strongest_steps_are_walked() -> None:
    data = Sequences.of([["a", "b"], ["a", "b"], ["a", "c"], ["b", "x"], ["c", "y"]])
    scores = Detours(kept=1, reach=1, back=0.0, novelty=0.0).fit(data).score(Sequences.of([["a"]], items=data.items))[0]
    assert scores[data.items.codes["x"]] > 0
    assert scores[data.items.codes["y"]] == 0


def test_nothing_kept_means_nothing() -> None:
    with pytest.raises(InvalidInput, match="kept"):
        Detours(kept=0).fit(Sequences.of([["a", "b"]]))
