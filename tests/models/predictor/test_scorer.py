"""A scorer from the folder is the one that was saved; its reasons are true; damage is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from salience.events import InvalidInput, NotFound
from salience.models.predictor.bayes import NaiveBayes
from salience.models.predictor.blend import Blend
from salience.models.predictor.boosting import Boosting
from salience.models.predictor.calibration import isotonic
from salience.models.predictor.forest import DecisionTree
from salience.models.predictor.logistic import Logistic
from salience.models.predictor.network import Network
from salience.models.predictor.scorer import Scorer, load
from salience.train.predict.learning import nobody
from tests.models.predictor.worlds import shop, typed


@pytest.fixture(scope="module")
def made() -> Scorer:
    known, rows, y = typed(500)
    learners = (NaiveBayes(), Logistic(), DecisionTree(), Boosting(rounds=10), Network(members=1, epochs=2))
    members = tuple(learner.fit(rows, y, 2) for learner in learners)
    rough = Blend(members, np.full(5, 0.2), np.zeros(2), isotonic(np.zeros((2, 2)), y[:2]))
    blend = Blend(members, np.full(5, 0.2), np.zeros(2), isotonic(rough.mixed(rows), y))
    return Scorer(known, ("no", "yes"), blend, nobody(known, rows, 0), settings={"seed": 0})


def test_saved_and_loaded(made: Scorer, tmp_path: Path) -> None:
    cells, _ = shop(200, seed=9)
    made.save(tmp_path / "model")
    again = load(tmp_path / "model")
    np.testing.assert_array_equal(again.probabilities(cells), made.probabilities(cells))
    assert again.classes == ("no", "yes")
    assert again.settings == {"seed": 0}
    assert [one.effect for one in again.reasons(cells, 3, 1)] == [one.effect for one in made.reasons(cells, 3, 1)]


def test_taking_the_strongest_reason_away_moves_the_score_most(made: Scorer) -> None:
    cells, _ = shop(40, seed=3)
    for row in range(10):
        reasons = made.reasons(cells, row, 1)
        moved = {}
        for one in reasons:
            others = dict(cells)
            many = {name: [values[row]] * 200 for name, values in others.items()}
            many[one.column] = shop(200, seed=77)[0][one.column]
            chance = made.probabilities(many)[:, 1]
            here = made.probabilities({name: [values[row]] for name, values in cells.items()})[0, 1]
            moved[one.column] = abs(np.log(here / (1 - here)) - np.log(chance / (1 - chance)).mean())
        assert moved[reasons[0].column] > 0.7 * max(moved.values())
        assert moved[reasons[0].column] > moved[reasons[-1].column]


def test_no_background_row_is_a_training_row() -> None:
    known, rows, _ = typed(300)
    people = {tuple(row) for row in rows.flat.tolist()}
    assert not people & {tuple(row) for row in nobody(known, rows, 0).flat.tolist()}


def test_a_missing_column_is_named(made: Scorer) -> None:
    cells, _ = shop(5)
    del cells["region"]
    with pytest.raises(InvalidInput, match="region"):
        made.probabilities(cells)


def test_damage_is_refused(made: Scorer, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        load(tmp_path / "nowhere")
    made.save(tmp_path / "model")
    array = tmp_path / "model" / "p.weights.npy"
    array.write_bytes(array.read_bytes()[:-1] + b"x")
    with pytest.raises(InvalidInput, match="SHA-256"):
        load(tmp_path / "model")
