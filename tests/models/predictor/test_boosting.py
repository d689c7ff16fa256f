from __future__ import annotations

import sys
from typing import Any

import lightgbm
import numpy as np
import pytest

from salience.events import InvalidInput
from salience.models.predictor.boosting import Boosting
from tests.models.predictor.predictor_suite import PredictorSuite
from tests.models.predictor.worlds import typed


class TestBoosting(PredictorSuite):
    learner = Boosting(rounds=60)


class TestBoostingOfOurOwn(PredictorSuite):
    learner = Boosting(rounds=40, rate=0.1, library=False)


@pytest.mark.parametrize("classes", [2, 3])
def test_arrays_walk_as_lightgbm_does(classes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    _, rows, y = typed(800)
    if classes == 3:
        y = y + (rows.codes[:, 0] > 60)
    ours = Boosting(rounds=25).fit(rows, y, classes, seed=3)
    x = np.hstack([rows.tall, ours.statistics.encode(rows)])
    kept: list[lightgbm.Booster] = []
    train = lightgbm.train

    def keeping(*args: Any, **named: Any) -> lightgbm.Booster:
        kept.append(train(*args, **named))
        return kept[0]

    monkeypatch.setattr(lightgbm, "train", keeping)
    Boosting(rounds=25).fit(rows, y, classes, seed=3)
    theirs = np.asarray(kept[0].predict(x)).reshape(len(y), -1)
    assert np.abs(ours.probabilities(rows)[:, -theirs.shape[1] :] - theirs).max() < 1e-5


def test_stages_are_fits_that_end_earlier() -> None:
    _, rows, y = typed(400)
    whole = Boosting(rounds=20, library=False).fit(rows, y, 2)
    stages = whole.staged(rows, (5, 20))
    np.testing.assert_allclose(stages[1], whole.log_odds(rows))
    np.testing.assert_allclose(stages[0], Boosting(rounds=5, library=False).fit(rows, y, 2).log_odds(rows))
    np.testing.assert_allclose(stages[0], whole.first(5).log_odds(rows))


def test_without_lightgbm_it_grows_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    _, rows, y = typed(300)
    bare = Boosting(rounds=5).fit(rows, y, 2, seed=1)
    own = Boosting(rounds=5, library=False).fit(rows, y, 2, seed=1)
    np.testing.assert_array_equal(bare.log_odds(rows), own.log_odds(rows))


def test_settings_are_checked() -> None:
    with pytest.raises(InvalidInput, match="sample"):
        Boosting(sample=2)
