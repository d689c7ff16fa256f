"""The whole way: what can be learned is, what cannot is refused, in random and in time order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from salience.evaluate.chances import auc
from salience.events import InvalidInput
from salience.models.predictor.bayes import NaiveBayes
from salience.models.predictor.boosting import Boosting
from salience.models.predictor.forest import DecisionTree
from salience.models.predictor.logistic import Logistic
from salience.train.bench_outcome import Bench, Cost
from salience.train.predict.learning import NOTHING, USABLE, Learned, learn_table
from tests.models.predictor.worlds import noise, shop

FAST = (NaiveBayes(), Logistic(0.1), DecisionTree(3), Boosting(rounds=60, leaves=4, rate=0.1))


@contextmanager
def free() -> Iterator[Cost]:
    yield Cost()


def bench(minutes: float = 60, seed: int = 0) -> Bench:
    return Bench(minutes, seed, lambda: 0.0, free, lambda *_: None)


def labels(y: np.ndarray) -> list[str]:
    return ["yes" if one else "no" for one in y]


@pytest.fixture(scope="module")
def learned() -> Learned:
    cells, y = shop(1500)
    return learn_table(cells, labels(y), ("no", "yes"), bench(), learners=FAST)


def test_new_people_are_told(learned: Learned) -> None:
    cells, y = shop(1000, seed=8)
    chance = learned.scorer.probabilities(cells)[:, 1]
    assert learned.verdict == USABLE
    assert learned.auc is not None
    assert learned.auc.low <= auc(chance, y == 1) + 0.02
    assert auc(chance, y == 1) > 0.9
    assert abs(chance.mean() - y.mean()) < 0.03


def test_the_leaderboard_has_every_kind_and_the_blend(learned: Learned) -> None:
    names = [trial.name for trial in learned.leaderboard]
    assert set(names) == {"blend", *(learner.name for learner in FAST)}
    values = [trial.value for trial in learned.leaderboard]
    assert values == sorted(values, reverse=True)
    blend = next(trial for trial in learned.leaderboard if trial.name == "blend")
    assert blend.value > values[0] - 0.01


def test_what_matters_is_named_and_noise_is_not(learned: Learned) -> None:
    assert {one.column for one in learned.importances[:3]} == {"age", "region", "visits"}
    noise_ = next(one for one in learned.importances if one.column == "noise")
    assert noise_.low <= 0.002
    assert learned.importances[0].low > 0


def test_the_same_again(learned: Learned) -> None:
    cells, y = shop(1500)
    again = learn_table(cells, labels(y), ("no", "yes"), bench(), learners=FAST)
    np.testing.assert_array_equal(again.scorer.probabilities(cells), learned.scorer.probabilities(cells))


def test_noise_is_refused() -> None:
    usable = 0
    for seed in range(12):
        cells, y = noise(300, seed)
        found = learn_table(cells, labels(y), ("no", "yes"), bench(seed=seed), learners=FAST[:3])
        usable += found.verdict != NOTHING
    assert usable <= 1


def test_in_time_order_the_newest_share_counts() -> None:
    rng = np.random.default_rng(0)
    cells, y = shop(2400)
    y = np.where(np.arange(2400) < 1600, y & (rng.random(2400) < 0.3), y)  # a third used to buy, of those who do now
    found = learn_table(cells, labels(y), ("no", "yes"), bench(), horizon=200, learners=FAST[:3])
    later, truth = shop(1000, seed=4)
    chance = found.scorer.probabilities(later)[:, 1]
    assert "later blocks" in found.judged_on
    assert chance.mean() / truth.mean() > 0.8
    still = learn_table(cells, labels(y), ("no", "yes"), bench(), learners=FAST[:3])
    assert still.scorer.probabilities(later)[:, 1].mean() / truth.mean() < 0.75


def test_when_time_is_up_one_candidate_is_still_judged() -> None:
    cells, y = shop(200)
    ticks = iter(range(10_000))
    hurried = Bench(1 / 60, 0, lambda: float(next(ticks)), free, lambda *_: None)
    found = learn_table(cells, labels(y), ("no", "yes"), hurried, learners=FAST)
    assert not found.complete
    assert len(found.leaderboard) == 2


def test_a_column_written_afterwards_is_pointed_out() -> None:
    cells, y = shop(300)
    cells["receipt"] = ["sent" if one else "" for one in y]
    found = learn_table(cells, labels(y), ("no", "yes"), bench(), learners=FAST[:2])
    assert any("receipt" in warning for warning in found.warnings)


def test_several_classes() -> None:
    cells, y = shop(900)
    three = [
        "none" if not one else ("north" if r == "north" else "else") for one, r in zip(y, cells["region"], strict=True)
    ]
    found = learn_table(cells, three, ("else", "none", "north"), bench(), learners=FAST)
    assert found.auc is None
    assert found.accuracy.value > 0.75
    assert found.verdict == USABLE


def test_too_few_rows_are_refused() -> None:
    cells, y = shop(12)
    with pytest.raises(InvalidInput, match="train"):
        learn_table(cells, labels(y), ("no", "yes"), bench())
