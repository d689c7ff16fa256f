import pytest

from salience.models.factors.weighing import Weighing
from tests.models.model_suite import history


def test_excess_is_alpha_times_the_value_or_alpha() -> None:
    row = history({1: 1.0, 4: 0.5}, width=6)
    assert Weighing(8.0, 0.3, scaled=False, binary=False).excess(row).tolist() == [8.0, 4.0]
    assert Weighing(8.0, 0.3, scaled=False, binary=True).excess(row).tolist() == [8.0, 8.0]


def test_an_unscaled_ridge_is_the_same_for_every_row() -> None:
    row = history({1: 1.0}, width=6)
    assert Weighing(8.0, 0.3, scaled=False, binary=True).ridge(row).tolist() == [pytest.approx(0.3)]
