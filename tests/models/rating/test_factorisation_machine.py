from typing import Any

import numpy as np
import pytest

from salience.events import InvalidInput
from salience.models.rating.factorisation_machine import FactorisationMachine, _Side, _sweep, _told
from tests.models.rating.rating_suite import RatingSuite, everything


class TestMachine(RatingSuite):
    algorithm = FactorisationMachine(factors=2, draws=25, warm_up=15)


def sides(k: int) -> tuple[_Side, _Side]:
    data, rng = everything(), np.random.default_rng(0)
    left = _Side(data.user, len(data.users), data.traits, k, rng)
    right = _Side(data.item, len(data.items), data.attributes, k, rng)
    return left, right


def test_it_is_the_sum_over_all_pairs_of_the_paper() -> None:
    left, right = sides(3)
    rng = np.random.default_rng(1)
    for side in (left, right):
        side.bias[:], side.weights[:] = rng.normal(size=len(side.bias)), rng.normal(size=len(side.weights))
    data, told = everything(), _told((left, right))
    for row in (0, 7, 333):
        u, i = data.user[row], data.item[row]
        features = [  # (w, v) of every feature that is 1 in this row
            (left.bias[u], left.own[u]),
            (left.weights[u % 2], left.factors[u % 2]),
            (right.bias[i], right.own[i]),
            (right.weights[i % 2], right.factors[i % 2]),
        ]
        by_hand = sum(float(w) for w, _ in features)
        by_hand += sum(float(features[a][1] @ features[b][1]) for a in range(4) for b in range(a))
        assert told[row] == pytest.approx(by_hand, rel=1e-9)


def test_the_errors_are_kept_up_to_date() -> None:
    both, rng = sides(2), np.random.default_rng(0)
    ratings = everything().value.astype(np.float64)
    errors = ratings - _told(both)
    for _ in range(3):
        _sweep(both, errors, 1.0, rng)
        np.testing.assert_allclose(errors, ratings - _told(both), atol=1e-8)


def test_attributes_tell_about_an_item_that_nobody_rated() -> None:
    data = everything()
    evens = np.arange(0, 30, 2, dtype=np.int32)
    model = FactorisationMachine(factors=2, draws=30, warm_up=20).fit(data.rows(data.item != 4))
    assert model.predict(evens, np.full(15, 4, np.int32)).mean() > 3.4  # truly 4; without attributes 3


@pytest.mark.parametrize("wrong", [{"factors": 0}, {"draws": 0}, {"warm_up": -1}])
def test_impossible_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(wrong))):
        FactorisationMachine(**wrong)
