"""An e-mail test in which visits, purchases and money come after the mail, whatever the columns are called."""

from __future__ import annotations

import numpy as np

from salience.optimise.uplift.afterwards import afterwards

RNG = np.random.default_rng(0)
N = 4000
TREATED = RNG.integers(2, size=N).astype(np.int8)
VISIT = (RNG.random(N) < 0.1 + 0.1 * TREATED).astype(float)
BOUGHT = VISIT * (RNG.random(N) < 0.3)
COLUMNS = {
    "a": [str(int(v)) for v in VISIT],
    "b": [str(int(v)) for v in BOUGHT],
    "c": [f"{v:.2f}" for v in BOUGHT * RNG.gamma(2, 50, N)],
    "opened": [str(int(v)) for v in TREATED * (RNG.random(N) < 0.4)],
    "dwell": [f"{v:.2f}" for v in RNG.normal(size=N) + TREATED],
    "age": [str(v) for v in RNG.integers(18, 80, N)],
    "zip": list(RNG.choice(["u", "s", "r"], N)),
}


def test_what_follows_the_treatment_goes_and_what_precedes_it_stays() -> None:
    columns = {name: cells for name, cells in COLUMNS.items() if name != "a"}
    left_out, unlike = afterwards(columns, TREATED, VISIT)
    assert set(left_out) == {"b", "c", "opened", "dwell"}
    assert "settles the arm" in left_out["opened"]
    assert unlike == ()


def test_another_outcome_of_the_same_table() -> None:
    columns = {name: COLUMNS[name] for name in ("a", "c", "age", "zip")}
    assert set(afterwards(columns, TREATED, BOUGHT.astype(float))[0]) == {"a", "c"}


def test_a_treatment_that_was_not_random_is_told_and_its_causes_kept() -> None:
    columns = {name: [f"{v:.2f}" for v in RNG.normal(size=N) + TREATED] for name in ("x", "y", "z")}
    left_out, unlike = afterwards(columns | {"age": COLUMNS["age"]}, TREATED, VISIT)
    assert left_out == {}
    assert set(unlike) == {"x", "y", "z"}
