"""With normal rewards the online posterior is the ridge regression of all lessons, whatever their order."""

from __future__ import annotations

import numpy as np
import pytest

from salience.optimise.bandit.features import NOTHING, Named
from salience.optimise.bandit.learner import Learner
from salience.optimise.bandit.links import Gaussian, Logistic

N, D = 60, 3


def lessons() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = np.sign(rng.normal(size=(N, D)))  # of size 1, so that nothing is scaled
    return x, 0.3 + x @ np.array([0.2, -0.1, 0.05]) + 0.1 * rng.normal(size=N)


def context(row: np.ndarray) -> Named:
    return Named(tuple("abc"), tuple(row.tolist()))


def taught(order: np.ndarray, *, first: float = 0.0) -> Learner:
    learner = Learner(Gaussian())
    x, r = lessons()
    for row in x:
        learner.vocabulary.meet(context(row), ())
    for at in order:
        learner.learn(context(x[at]), "one", NOTHING, float(r[at]) + first)
    return learner


@pytest.mark.parametrize("order", [np.arange(N), np.arange(N)[::-1]], ids=["forth", "back"])
def test_normal_rewards_give_ridge_regression(order: np.ndarray) -> None:
    x, r = lessons()
    rows = np.hstack([np.ones((N, 1)), x])
    precision = np.eye(D + 1) + rows.T @ rows / Gaussian.noise
    own = taught(order).main.own["one"]
    assert own.mean == pytest.approx(np.linalg.solve(precision, rows.T @ r / Gaussian.noise))
    assert own.cov == pytest.approx(np.linalg.inv(precision))


def test_a_correction_is_as_if_the_reward_had_been_known_at_once() -> None:
    x, _ = lessons()
    late = taught(np.arange(N), first=-0.5)
    for row in x:
        late.correct(context(row), "one", NOTHING, 0.5)
    assert late.main.own["one"].mean == pytest.approx(taught(np.arange(N)).main.own["one"].mean)
    assert late.counts["one"] == pytest.approx((N, lessons()[1].sum()))


def test_a_copy_stays_as_it_was() -> None:
    learner = taught(np.arange(20))
    before = learner.copy()
    asked = (context(lessons()[0][0]), ["one", "two"], [NOTHING, Named(("f",), (2.0,))])
    was = before.beliefs(*asked).mean.tolist()
    for at in range(30):
        learner.learn(asked[0], "two", asked[2][1], 1.0, key=str(at))
    assert before.beliefs(*asked).mean.tolist() == was != learner.beliefs(*asked).mean.tolist()


def test_what_is_forgotten_is_doubted_again() -> None:
    forgetful = Learner(Logistic(), keep=0.9)
    for at in range(50):
        forgetful.learn(NOTHING, "one", NOTHING, 1.0, key=str(at))
    sure = forgetful.beliefs(NOTHING, ["one"], [NOTHING]).deviation[0]
    for at in range(50):
        forgetful.learn(NOTHING, "two", NOTHING, 1.0, key=str(at))
    doubt = forgetful.beliefs(NOTHING, ["one"], [NOTHING]).deviation[0]
    assert sure < 0.85 * doubt
    assert doubt <= 1.0


def test_a_world_that_turns_is_noticed_and_one_that_stays_is_not() -> None:
    learner = Learner(Logistic())
    rng = np.random.default_rng(0)
    for at in range(1500):
        learner.learn(NOTHING, "one", NOTHING, float(rng.random() < 0.8), key=str(at))
    assert learner.turns == 0
    for at in range(300):
        learner.learn(NOTHING, "one", NOTHING, float(rng.random() < 0.1), key=str(at))
    assert learner.turns >= 1
    assert learner.beliefs(NOTHING, ["one"], [NOTHING]).expected[0] < 0.3


def test_more_features_than_places_are_still_learned_from() -> None:
    learner = Learner(Logistic())
    wide = [Named((f"f{at}=yes",), (1.0,)) for at in range(60)]
    for one in wide:
        learner.vocabulary.meet(one, ())
    for turn in range(40):
        for at, one in enumerate(wide):
            learner.learn(one, "a", NOTHING, float(at % 2), key=f"{turn}")
    last = [learner.beliefs(wide[at], ["a"], [NOTHING]).expected[0] for at in (58, 59)]
    assert last[1] - last[0] > 0.3
