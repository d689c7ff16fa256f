from __future__ import annotations

import numpy as np
import pytest

from salience.models.predictor.bins import Bins


def test_few_values_get_a_bin_each_and_many_equal_shares() -> None:
    x = np.stack([np.arange(100) % 3, np.arange(100) ** 2], axis=1).astype(float)
    bins = Bins.of(x, 10)
    places = bins.places(x)
    assert bins.sizes.tolist() == [3, 10]
    np.testing.assert_array_equal(places[:, 0], np.arange(100) % 3)
    np.testing.assert_array_equal(np.bincount(places[:, 1]), np.full(10, 10))


def test_values_beyond_the_ends_fall_into_the_ends() -> None:
    bins = Bins.of(np.array([[1.0], [2.0], [3.0]]), 4)
    assert bins.places(np.array([[-9.0], [2.0], [99.0]])).ravel().tolist() == [0, 1, 2]


def test_heavy_ties_still_leave_every_row_a_bin() -> None:
    x = np.array([[0.0]] * 90 + [[float(n)] for n in range(1, 80)])
    bins = Bins.of(x, 8)
    assert (np.diff(bins.edges) > 0).all()
    assert set(np.unique(bins.places(x))) == set(range(int(bins.sizes[0])))


def test_arrays_that_lead_astray_are_refused() -> None:
    with pytest.raises(ValueError, match="starts"):
        Bins.from_arrays({"edges": np.zeros(2), "starts": np.array([0, 5])})
