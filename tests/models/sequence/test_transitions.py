from __future__ import annotations

import numpy as np
import pytest

from salience.events import InvalidInput
from salience.models.sequence import Sequences, Transitions
from salience.models.sequence.transitions import followed
from tests.models.sequence.sequence_suite import SequenceSuite


class TestTransitions(SequenceSuite):
    algorithm = Transitions()


class TestFirstOrder(SequenceSuite):
    algorithm = Transitions(reach=1, back=0.0, damp=1.0, novelty=0.0, recency=0.1)


def test_pairs_are_counted_by_distance() -> None:
    """a b a: a-b and b-a at distance 1, a-a at distance 2, which weighs exp(-1 / 2)."""
    counts = followed(Sequences.of([["a", "b", "a"]]), reach=2, decay=2.0).toarray()
    assert np.allclose(counts, [[np.exp(-0.5), 1], [1, 0]])


def test_pairs_do_not_cross_from_one_sequence_to_the_next() -> None:
    assert followed(Sequences.of([["a", "b"], ["c", "d"]]), reach=3, decay=1.0).nnz == 2


def test_the_equation_by_hand() -> None:
    """n = (a 2, b 2, c 2); C has a-b and b-c. Prefix a b: exp(-1 / 3) M[a] + M[b], M = C / sqrt(2) / 2^0.2."""
    data = Sequences.of([["a", "b", "c"]])
    model = Transitions(reach=1, back=0.0, damp=0.5, novelty=0.2, recency=3.0).fit(data)
    n = 2**-0.5 * 2**-0.2
    assert np.allclose(model.score(Sequences.of([["a", "b"]], items=data.items)), [[0, np.exp(-1 / 3) * n, n]])


def test_back_counts_what_came_before() -> None:
    data = Sequences.of([["a", "b"]])
    prefix = Sequences.of([["b"]], items=data.items)
    assert Transitions(back=0.0).fit(data).score(prefix)[0, 0] == 0
    assert Transitions(back=0.5).fit(data).score(prefix)[0, 0] > 0


@pytest.mark.parametrize(
    "settings", [{"reach": 0}, {"decay": 0.0}, {"recency": -1.0}, {"back": -0.1}, {"damp": np.nan}, {"novelty": -1.0}]
)
def test_settings_that_mean_nothing_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(settings))):
        Transitions(**settings).fit(Sequences.of([["a", "b"]]))  # type: ignore[arg-type]
