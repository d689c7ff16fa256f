"""What columns are taken for: numbers, levels, names of rows."""

from __future__ import annotations

import numpy as np

from salience.models.predictor.columns import encoder

WEIGHTS = [f"{n}.5" for n in range(90)]


def test_a_word_now_and_then_is_a_gap_among_numbers() -> None:
    found = encoder({"weight": [*WEIGHTS, *["too light"] * 9, "inf"]})
    assert found.names == ["weight", "weight (rank)", "weight missing"]
    told = found.encode({"weight": ["1.5", "inf", "new word"]}, 3)
    assert told[:, 2].tolist() == [0, 1, 1]
    assert np.isfinite(told).all()


def test_codes_and_columns_of_many_words_stay_levels() -> None:
    codes = [str(n % 40) for n in range(90)] + ["A"] * 10
    assert all("=" in name for name in encoder({"code": codes}, rare=True).names)
    assert "level=y" in encoder({"level": [*WEIGHTS[:70], *["x"] * 30, *["y"] * 30]}).names


def test_whole_numbers_that_are_all_different_may_still_say_something() -> None:
    rng = np.random.default_rng(0)
    salary = rng.choice(90_000, 300, replace=False).astype(str).tolist()
    shuffled = rng.permutation(300).astype(str).tolist()
    found = encoder({"salary": salary, "row": list(map(str, range(5, 305))), "shuffled": shuffled})
    assert found.names == ["salary", "salary (rank)"]
    assert found.left_out == {"row": "names every row", "shuffled": "names every row"}
