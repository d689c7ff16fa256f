"""The determinantal point process against determinants worked out by hand and by NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from salience.recommend.dpp import LEAST, Dpp

ALIKE = np.array([[1.0, 0.5, 0.0], [0.5, 1.0, 0.2], [0.0, 0.2, 1.0]])


def test_alone_every_item_spans_one() -> None:
    np.testing.assert_array_equal(Dpp(ALIKE).gain(), [0, 0, 0])


def test_the_gain_is_the_logarithm_of_the_ratio_of_determinants() -> None:
    row = Dpp(ALIKE)
    row.add(0)
    assert row.gain()[1] == pytest.approx(np.log(0.75))  # det [[1, .5], [.5, 1]] = 1 - .25
    assert row.gain()[2] == pytest.approx(0)  # nothing in common with item 0
    row.add(2)
    assert row.gain()[1] == pytest.approx(np.log(0.71))  # det S = (1 - .04) - .5 * .5, over det [[1, 0], [0, 1]]


def test_gains_add_up_to_the_logarithm_of_the_determinant_of_the_row() -> None:
    vectors = np.random.default_rng(4).normal(size=(8, 12))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    kernel = vectors @ vectors.T
    row, total, chosen = Dpp(kernel), 0.0, [5, 1, 6, 0]
    for place in chosen:
        total += row.gain()[place]
        row.add(place)
    assert total == pytest.approx(np.linalg.slogdet(kernel[np.ix_(chosen, chosen)])[1])


def test_a_copy_adds_next_to_nothing_but_stays_finite() -> None:
    row = Dpp(np.ones((3, 3)))
    row.add(0)
    np.testing.assert_allclose(row.gain(), np.log(LEAST))
    row.add(1)
    assert np.isfinite(row.gain()).all()
