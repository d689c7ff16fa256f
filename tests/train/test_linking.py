from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from salience.events.ids import IdMap
from salience.models import EASE, Popularity
from salience.models.graph.linked import around
from salience.train.linking import WithLinks, linked_users
from salience.train.ranked import recommended
from tests.train.worlds import two_tastes


def test_the_first_of_a_line_has_the_second_for_a_friend() -> None:
    table = linked_users(IdMap.of("abc"), [("a", "b"), ("c", "a"), ("a", "b"), ("b", "b"), ("a", "nobody")])
    assert table.toarray().tolist() == [[0, 1, 0], [0, 0, 0], [1, 0, 0]]


def test_the_friends_add_their_weight_over_their_spread() -> None:
    data = two_tastes(people=20)
    table = np.zeros((20, 20), np.float32)
    table[0, 1] = 1
    algorithm = WithLinks((EASE(l2=1.0), Popularity()), links=sparse.csr_array(table))
    models = [part.fit(data) for part in algorithm.parts]
    weights = np.array([0.6, 0.1, 0.3], np.float32)
    model = algorithm.beside(models, data, {"weights": weights})
    dense = data.matrix.toarray()[:2]
    dense[0, np.flatnonzero(dense[0])[2:]] = 0  # so that some of what the friend lacks is left
    rows, near = sparse.csr_array(dense), around(data.matrix, algorithm.links)[[0, 1]]
    plain = algorithm.joined(models, data, {"weights": weights}).score(rows)
    scores, theirs = model.score(rows, near), near.toarray()[0]
    np.testing.assert_allclose(scores[1], plain[1])  # no friends
    np.testing.assert_allclose(scores[0], plain[0] + 0.3 / theirs[dense[0] == 0].std() * theirs, rtol=1e-5)


def test_who_has_friends_only_gets_what_they_took() -> None:
    data = two_tastes(people=20)
    history = sparse.csr_array(np.zeros((2, len(data.items)), np.float32))
    took = (data.matrix.toarray()[[3, 3]] > 0).astype(np.float32)
    took[1] = 0
    near = sparse.csr_array(took)
    algorithm = WithLinks((EASE(l2=1.0), Popularity()), links=sparse.csr_array(np.zeros((20, 20), np.float32)))
    how = {"weights": np.array([0.5, 0.1, 0.4], np.float32)}
    model = algorithm.beside([part.fit(data) for part in algorithm.parts], data, how)
    popular = Popularity().fit(data)
    codes, _ = recommended(model, popular, history, 3, near)
    assert set(codes[0]) <= set(near[[0]].indices)
    np.testing.assert_array_equal(codes[1], recommended(popular, popular, history, 3)[0][1])


def test_settings_tell_the_links_by_their_number() -> None:
    found = WithLinks((EASE(),), links=sparse.csr_array(np.eye(3, dtype=np.float32))).settings()
    assert found["links"] == 3
    assert found["parts"] == [{"name": "ease", **EASE().settings()}]
    assert found["k"] == pytest.approx(20)
