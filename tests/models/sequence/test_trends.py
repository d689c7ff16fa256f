from __future__ import annotations

import numpy as np
import pytest

from salience.events import InvalidInput
from salience.models.sequence import Sequences, Trends
from salience.models.sequence.trends import KEPT
from tests.models.sequence.sequence_suite import SequenceSuite


class TestTrends(SequenceSuite):
    algorithm = Trends()
    follows = False


def test_without_fading_each_sequence_counts_once_for_an_item() -> None:
    data = Sequences.of([["a", "a", "b"], ["a"]])
    assert Trends(fading=0).fit(data).score(data).tolist() == [[2, 1], [2, 1]]


def test_fading_halves_by_the_share_of_newer_sequences() -> None:
    """Two sequences, fading 0.5: the older one counts exp(-1 / (0.5 * 2))."""
    model = Trends(fading=0.5).fit(Sequences.of([["old"], ["new"]]))
    assert np.allclose(model.count, [np.exp(-1), 1])


def test_evidence_holds_the_most_frequent() -> None:
    data = Sequences.of([[str(i) for i in range(n, KEPT + 5)] for n in range(KEPT + 5)])
    evidence = Trends(fading=0).fit(data).evidence(data.rows(slice(0, 2)))
    assert np.diff(evidence.indptr).tolist() == [KEPT, KEPT]
    assert evidence.data.min() == 6


def test_negative_fading_is_refused() -> None:
    with pytest.raises(InvalidInput, match="fading"):
        Trends(fading=-1).fit(Sequences.of([["a"]]))
