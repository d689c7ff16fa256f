import numpy as np
import pytest
from scipy import sparse

from salience.events import InvalidInput
from salience.events.interactions import Matrix
from salience.models import Popularity
from salience.models.graph.linked import Linked, around
from tests.models.model_suite import ITEMS, USERS, checkerboard


def links(friend: int) -> Matrix:
    """Everybody is linked with the next person but ``friend``: even ``friend`` = of one colour."""
    table = np.zeros((USERS, USERS), np.float32)
    table[np.arange(USERS), (np.arange(USERS) + friend) % USERS] = 1
    return sparse.csr_array(table)


def test_what_is_around_is_shared_by_the_root_of_the_friends() -> None:
    data = checkerboard()
    table = links(2).toarray()
    table[0, 5] = 1
    near = around(data.matrix, sparse.csr_array(table)).toarray()
    taken = (data.matrix.toarray() > 0).astype(np.float32)
    np.testing.assert_allclose(near[0], (taken[2] + taken[5]) / np.sqrt(2), rtol=1e-6)
    np.testing.assert_allclose(near[1], taken[3])


def test_friends_who_know_count_and_friends_who_do_not_are_left_out() -> None:
    data = checkerboard()
    knowing = Linked(base=Popularity(), folds=3).fit(data, links(2))
    assert knowing.friends > 0
    scores = knowing.score(data.matrix, around(data.matrix, links(2)))[:, :ITEMS]
    right = [scores[u][u % 2 :: 2].mean() > scores[u][1 - u % 2 :: 2].mean() for u in range(USERS)]
    assert all(right)
    assert Linked(base=Popularity(), folds=3).fit(data, links(1)).friends == 0


def test_links_of_other_people_are_refused() -> None:
    with pytest.raises(InvalidInput, match="links"):
        Linked(Popularity()).fit(checkerboard(), sparse.csr_array(np.eye(3, dtype=np.float32)))
