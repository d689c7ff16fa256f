"""Unlearning by arithmetic gives what fitting without the people gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse

from salience.events import InvalidInput
from salience.models import EASE, ItemKNN
from salience.models.unlearning import fewer_counts, fewer_pairs, inverse_gram, weights, without
from tests.trust.membership import world


def test_a_hundred_people_less_is_the_model_that_never_met_them() -> None:
    data = world(people=400, items=60, seed=1)
    X: Any = data.matrix.astype(bool).astype(np.float64)
    gone, stay = X[:100], X[100:]
    unlearned = weights(without(inverse_gram(X, 50.0), gone))
    fitted = weights(inverse_gram(stay, 50.0))
    assert np.abs(unlearned - fitted).max() < 1e-13
    model = EASE(l2=50.0).fit(data.rows(data.user >= 100))
    ours = np.asarray(stay[:20] @ unlearned)
    theirs = np.asarray(model.score(sparse.csr_array(stay[:20].astype(np.float32))))
    assert (np.argsort(-ours, axis=1)[:, :10] == np.argsort(-theirs, axis=1)[:, :10]).mean() > 0.99  # float32 ties
    assert np.abs(ours - theirs).max() < 1e-4


def test_counts_and_pairs_are_subtracted_exactly() -> None:
    data = world(people=200, items=30, seed=2)
    X: Any = data.matrix.astype(bool).astype(np.float64)
    gone, stay = X[:50], X[50:]
    assert (fewer_counts(np.asarray(X.sum(axis=0)).ravel(), gone) == np.asarray(stay.sum(axis=0)).ravel()).all()
    left: Any = fewer_pairs(sparse.csr_array(X.T @ X), gone)
    assert (left.toarray() == (stay.T @ stay).toarray()).all()
    norms = np.sqrt(left.diagonal())
    cosine = left.toarray() / np.outer(norms, norms)
    np.fill_diagonal(cosine, 0)
    model = ItemKNN(neighbours=29).fit(data.rows(data.user >= 50))
    history = sparse.csr_array(np.eye(30, dtype=np.float32))
    assert np.abs(np.asarray(model.score(history)) - cosine).max() < 1e-5


def test_who_was_never_learned_from_cannot_be_taken_out() -> None:
    P = inverse_gram(sparse.csr_array(np.array([[1.0, 0.0]])), 0.1)
    with pytest.raises(InvalidInput, match="never held"):
        without(P, sparse.csr_array(np.array([[1.0, 1.0], [1.0, 1.0], [0.0, 3.0]])))
