import numpy as np
import pytest

from salience.events import InvalidInput
from salience.events.interactions import Interactions
from salience.models.hybrid.held_out import cuts
from tests.models.model_suite import checkerboard


def test_each_history_loses_its_share_and_nothing_is_lost() -> None:
    data = checkerboard()
    for part in cuts(data, 3, 0.3, 0):
        np.testing.assert_array_equal((part.histories + part.wanted).toarray() > 0, data.matrix.toarray() > 0)
        assert np.diff(part.wanted.indptr).tolist() == [1] * 12  # .3 of 4 items, rounded
        np.testing.assert_array_equal(part.train.matrix.toarray(), part.histories.toarray())


def test_a_history_of_one_stays_whole() -> None:
    data = Interactions.from_rows([("ann", "a", 1, 0), ("bob", "a", 1, 0), ("bob", "b", 1, 0), ("bob", "b", 1, 5)])
    (part,) = cuts(data, 1, 0.5, 0)
    assert part.train.matrix.toarray()[0].tolist() == [1, 0]
    assert part.histories.shape[0] == 1
    assert not set(part.train.item[part.train.user == 1]) & set(part.wanted.indices)  # repeats go together


def test_seeds_and_folds_differ_and_repeat() -> None:
    first, second = cuts(checkerboard(), 2, 0.3, 1)
    again = cuts(checkerboard(), 2, 0.3, 1)[0]
    np.testing.assert_array_equal(first.wanted.indices, again.wanted.indices)
    assert first.wanted.indices.tolist() != second.wanted.indices.tolist()


def test_an_impossible_fraction_is_refused() -> None:
    with pytest.raises(InvalidInput, match="fraction"):
        cuts(checkerboard(), 1, 1.0, 0)
