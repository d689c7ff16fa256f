from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from salience.events import InvalidInput
from salience.models.rating.rating import rmse
from salience.models.rating.svdpp import SVDpp
from tests.models.rating.rating_suite import DAY, RatingSuite, everything, hidden


class TestSVDpp(RatingSuite):
    algorithm = SVDpp(factors=2, draws=25, warm_up=15)


class TestWithoutHints(RatingSuite):
    algorithm = SVDpp(factors=2, draws=25, warm_up=15, implicit=False, drift=False, side=False)


def test_attributes_tell_about_an_item_that_nobody_rated() -> None:
    data = everything()
    known = data.rows(data.item != 4)
    evens = np.arange(0, 30, 2, dtype=np.int32)
    told = SVDpp(factors=2, draws=30, warm_up=20).fit(known).predict(evens, np.full(15, 4, np.int32))
    assert told.mean() > 3.4  # truly 4; without attributes 3
    untold = SVDpp(factors=2, draws=30, warm_up=20, side=False).fit(known).predict(evens, np.full(15, 4, np.int32))
    assert told.mean() > untold.mean()


def test_what_was_rated_tells_about_a_person_who_rates_all_alike() -> None:
    # nothing in the values: colours show only in what people rate. Hints see them, factors alone see them less.
    data = everything()
    kept = (data.user % 2 == data.item % 2) | (np.random.default_rng(0).random(len(data)) < 0.25)
    model = SVDpp(factors=2, draws=30, warm_up=20, side=False, drift=False).fit(data.rows(kept & ~hidden()))
    test = data.rows(~kept)
    assert rmse(model.predict(test.user, test.item), test.value) < 0.5


def test_a_day_on_which_a_person_rates_low() -> None:
    data = everything()
    bad = (data.item < 10).astype(np.int64)  # each person rated these on another day, and one lower
    moody = replace(
        data, value=data.value - bad.astype(np.float32), time=(data.user * 40 + bad + 1).astype(np.int64) * DAY
    )
    train, test = moody.rows(~hidden()), moody.rows(hidden())
    model = SVDpp(factors=2, draws=30, warm_up=20).fit(train)
    assert rmse(model.predict(test.user, test.item, test.time), test.value) < 0.45
    shuffled = model.predict(test.user, test.item, test.time[::-1])
    assert rmse(model.predict(test.user, test.item, test.time), test.value) <= rmse(shuffled, test.value)


@pytest.mark.parametrize("wrong", [{"factors": 0}, {"draws": 0}, {"warm_up": -1}])
def test_impossible_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(wrong))):
        SVDpp(**wrong)
