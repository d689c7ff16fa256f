"""Against the formulas, entry by entry."""

from __future__ import annotations

from math import log, sqrt

import numpy as np
import pytest
from scipy import sparse

from salience.events import InvalidInput
from salience.models.neighbours.term_weights import WEIGHTINGS, TermWeights, Weighting

TABLE = np.array([[1, 0, 2, 0], [0, 1, 3, 0], [1, 1, 1, 0]], dtype=np.float32)


@pytest.mark.parametrize("weighting", ["tf-idf", "bm25"])
def test_equals_the_equation(weighting: Weighting) -> None:
    rows = sparse.csr_array(TABLE)
    found = TermWeights.of(rows, weighting).weigh(rows).toarray()
    mean = TABLE.sum() / 3
    for r, c in zip(*np.nonzero(TABLE), strict=True):
        having = int((TABLE[:, c] > 0).sum())
        idf = log(1 + (3 - having + 0.5) / (having + 0.5))
        x = float(TABLE[r, c])
        length = 1 - 0.75 + 0.75 * float(TABLE[r].sum()) / mean
        expected = sqrt(x) * idf if weighting == "tf-idf" else idf * x * 2.2 / (x + 1.2 * length)
        assert found[r, c] == pytest.approx(expected, rel=1e-5)


def test_other_rows_are_weighed_as_the_table_was() -> None:
    terms = TermWeights.of(sparse.csr_array(TABLE), "tf-idf")
    other = sparse.csr_array(np.array([[0, 1, 0, 1]], dtype=np.float32))
    assert terms.weigh(other).toarray()[0, 1] == pytest.approx(log(1 + 1.5 / 2.5), rel=1e-5)
    assert terms.weigh(other).toarray()[0, 3] == pytest.approx(log(1 + 3.5 / 0.5), rel=1e-5)


def test_what_is_not_weighed_stays_itself() -> None:
    rows = sparse.csr_array(TABLE)
    assert TermWeights.of(rows, "none").weigh(rows) is rows


def test_no_rows_weigh_nothing() -> None:
    empty = sparse.csr_array(np.zeros((0, 4), np.float32))
    for weighting in WEIGHTINGS:
        assert TermWeights.of(empty, weighting).weigh(empty).shape == (0, 4)


def test_a_weighting_that_there_is_not_is_refused() -> None:
    with pytest.raises(InvalidInput, match="weighting"):
        TermWeights.of(sparse.csr_array(TABLE), "idf")  # type: ignore[arg-type]
