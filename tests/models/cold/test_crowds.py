from pathlib import Path

import numpy as np
import pytest

from salience.events.interactions import IdMap, Interactions
from salience.models.cold.cold_start import ColdStart, load
from salience.models.cold.crowds import fit


def world() -> tuple[Interactions, list[dict[str, str | bool | int | float | None]]]:
    """Twenty Dutch people who take tulips, twenty others who take rice; everybody takes bread."""
    rows = [(f"p{n}", item, 1.0, n) for n in range(40) for item in ("bread", "tulip" if n < 20 else "rice")]
    return Interactions.from_rows(rows), [{"country": "NL" if n < 20 else "CN", "age": n} for n in range(40)]


def test_people_like_you_want_what_they_took() -> None:
    data, traits = world()
    crowds = fit(data, traits)
    assert crowds is not None
    scores = crowds.score(crowds.known({"country": "nl", "shoe": "42"}))
    assert scores[data.items.code("tulip")] > scores[data.items.code("rice")]
    assert scores.sum() == pytest.approx(1.0)
    assert crowds.known({"age": 1}) == ("age=1",)


def test_nobody_is_a_crowd_of_one() -> None:
    data, _ = world()
    assert fit(data, [{"name": f"n{n}"} for n in range(40)]) is None


def test_what_is_kept_beside_a_model_comes_back(tmp_path: Path) -> None:
    data, traits = world()
    crowds = fit(data, traits)
    ColdStart(IdMap(data.items.names), crowds=crowds).save(tmp_path / "cold")
    found = load(tmp_path / "cold")
    assert found is not None
    assert crowds is not None
    assert found.crowds is not None
    assert np.allclose(found.crowds.among("country=nl"), crowds.among("country=nl"))
    assert load(tmp_path / "none") is None
