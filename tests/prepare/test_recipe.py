from __future__ import annotations

import msgspec
import numpy as np
import pytest

from salience.events import InvalidInput
from salience.prepare.recipe import Missing, Outliers, Prepared, Recipe, Scaling, fit
from salience.prepare.table import Columns, fetch
from tests.prepare.engines import ENGINES, Engine


def world() -> Columns:
    rng = np.random.default_rng(0)
    spend = rng.lognormal(3, 1, 400)
    spend[::50] *= 1000
    age = rng.normal(40, 10, 400)
    age[::7] = np.nan
    return {"row": np.arange(400), "spend": spend, "age": age}


RECIPE = Recipe(
    missing=(Missing("age", "median", mark=True),),
    outliers=(Outliers("spend", "tukey", "clip"),),
    scaling=(Scaling("spend", "log-range"), Scaling("age", "standard")),
)


@ENGINES
def test_what_is_fitted_and_applied_is_what_numpy_says(engine: Engine) -> None:
    columns = world()
    made = fit(engine(columns)[0], RECIPE)
    known = columns["age"][~np.isnan(columns["age"])]
    q1, q3 = np.quantile(columns["spend"], [0.25, 0.75])
    assert made.fills[0] == pytest.approx(np.median(known))
    assert made.fences[0] == pytest.approx((q1 - 1.5 * (q3 - q1), q3 + 1.5 * (q3 - q1)))
    out = fetch(made.apply(engine(columns)[0]).sort("row"))
    spend = np.log1p(np.clip(columns["spend"], *made.fences[0]))
    filled = np.where(np.isnan(columns["age"]), np.median(known), columns["age"])
    assert out["spend"] == pytest.approx((spend - spend.min()) / np.ptp(spend))
    assert out["age"] == pytest.approx((filled - filled.mean()) / filled.std())
    assert out["age known"].tolist() == (~np.isnan(columns["age"])).astype(float).tolist()


@ENGINES
def test_every_step_says_how_many_training_rows_it_touched(engine: Engine) -> None:
    columns = world()
    missing, outliers = fit(engine(columns)[0], RECIPE).found
    q1, q3 = np.quantile(columns["spend"], [0.25, 0.75])
    assert (missing.rows, missing.touched) == (400, int(np.isnan(columns["age"]).sum()))
    assert outliers.touched == int((columns["spend"] > q3 + 1.5 * (q3 - q1)).sum())


@ENGINES
def test_rows_to_come_change_nothing_and_stay_between_0_and_1(engine: Engine) -> None:
    made = fit(engine({"x": np.array([2.0, 4.0])})[0], Recipe(scaling=(Scaling("x"),)))
    assert fetch(made.apply(engine({"x": np.array([1.0, 3.0, 100.0])})[0]))["x"].tolist() == [0.0, 0.5, 1.0]


@ENGINES
@pytest.mark.parametrize("fence", ["tukey", "mad", "percentile"])
def test_outliers_can_be_dropped_and_marked(engine: Engine, fence: str) -> None:
    values = np.append(np.arange(100.0), 1e6)
    width = 0.02 if fence == "percentile" else None
    frame = engine({"x": values})[0]
    recipe = msgspec.convert({"outliers": [{"column": "x", "fence": fence, "act": "drop", "width": width}]}, Recipe)
    assert fetch(fit(frame, recipe).apply(frame))["x"].max() < 1e6
    marked = msgspec.convert({"outliers": [{"column": "x", "fence": fence, "act": "mark", "width": width}]}, Recipe)
    out = fetch(fit(frame, marked).apply(frame))
    assert out["x outlier"][out["x"] == 1e6].tolist() == [1.0]
    assert len(out["x"]) == 101


@ENGINES
def test_words_are_filled_by_the_most_frequent_or_dropped(engine: Engine) -> None:
    frame = engine({"row": np.arange(5), "town": np.array(["b", "a", "a", None, "b"], object)})[0]
    filled = fit(frame, Recipe(missing=(Missing("town", "most-frequent"),)))
    assert filled.fills == ("a",)  # of equally frequent ones the first in the alphabet
    assert fetch(filled.apply(frame).sort("row"))["town"].tolist() == ["b", "a", "a", "a", "b"]
    assert len(fetch(fit(frame, Recipe(missing=(Missing("town", "drop"),))).apply(frame))["town"]) == 4
    assert fit(frame, Recipe(missing=(Missing("town", "constant", "c"),))).fills == ("c",)


def test_it_is_saved_as_json() -> None:
    from salience.prepare.table import lazy

    made = fit(lazy(world()), RECIPE)
    assert msgspec.json.decode(msgspec.json.encode(made), type=Prepared) == made


@pytest.mark.parametrize(
    ("recipe", "parameter"),
    [
        (Recipe(missing=(Missing("height", "mean"),)), "column"),
        (Recipe(missing=(Missing("age", "constant"),)), "value"),
        (Recipe(missing=(Missing("word", "mean"),)), "column"),
        (Recipe(scaling=(Scaling("nothing"),)), "column"),
    ],
)
def test_what_cannot_be_fitted_is_refused(recipe: Recipe, parameter: str) -> None:
    from salience.prepare.table import lazy

    columns = {"age": np.array([1.0, 2.0]), "word": np.array(["a", "b"]), "nothing": np.array([np.nan, np.nan])}
    with pytest.raises(InvalidInput) as fault:
        fit(lazy(columns), recipe)
    assert fault.value.parameter == parameter
