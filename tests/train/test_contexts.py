"""Lifts of contexts: counted right, weighed on choices that they had not seen, dropped where they do not help."""

from __future__ import annotations

import numpy as np
import pytest

from salience.events.interactions import Interactions
from salience.models import Popularity
from salience.models.cold.contexts import Contexts
from salience.train import contexts as judging
from salience.train.contexts import DRAWN, Choices, _lifts, contexts

ITEMS, PEOPLE = 40, 300
TIMES = ("day", "night")
COIN = ("heads", "tails")


def world(*, helps: bool, people: int = PEOPLE, seed: int = 0) -> tuple[Interactions, Choices]:
    """Each person chooses eight things, by day mostly even items, by night mostly odd ones; a coin says nothing."""
    rng = np.random.default_rng(seed)
    rows: list[tuple[str, str, float, int]] = []
    said: dict[tuple[str, str], tuple[int, int]] = {}
    for n in range(8 * people):
        when, coin, who = int(rng.integers(2)), int(rng.integers(2)), f"u{n % people}"
        side = when if rng.random() < 0.85 else 1 - when
        item = 2 * int(rng.integers(ITEMS // 2)) + (side if helps else int(rng.integers(2)))
        rows.append((who, f"i{item:02}", 1.0, n))
        said.setdefault((who, f"i{item:02}"), (when, coin))
    data = Interactions.from_rows(rows)
    of_row = [said[who, item] for who, item, _, _ in rows]
    when, coin = np.array(of_row, np.int32).T
    return data, Choices(
        data.user.astype(np.int64), data.item.astype(np.int64), data.time, {"coin": (COIN, coin), "time": (TIMES, when)}
    )


def test_what_helps_is_found_and_what_does_not_weighs_little() -> None:
    data, choices = world(helps=True)
    found, worth = contexts(data, choices, lambda rows: Popularity().fit(rows))
    assert found is not None
    assert worth.gain is not None
    assert worth.gain.low > 0.05
    assert set(worth.weights) == {"time"}
    moved = found.moved({"time": "night"}, ITEMS)
    odd = np.array([int(name[1:]) % 2 for name in data.items.names]) == 1
    assert moved[odd].min() > 0 > moved[~odd].max()
    assert found.strongest({"time": "night"}, int(np.argmax(moved))) == "time: night"
    assert found.strongest({"time": "night"}, int(np.argmin(moved))) == ""
    assert not found.moved({"time": "dusk", "sky": "blue"}, ITEMS).any()
    assert found.lifted({}, ITEMS).tolist() == [1.0] * ITEMS


def test_where_the_moment_tells_nothing_it_is_not_used() -> None:
    data, choices = world(helps=False)
    found, worth = contexts(data, choices, lambda rows: Popularity().fit(rows))
    assert found is None
    assert worth.weights == {}
    assert worth.judged > 100


def test_what_helped_by_chance_is_refused_by_the_people_who_did_not_choose_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "SURE", -99.0)
    data, choices = world(helps=False)
    found, worth = contexts(data, choices, lambda rows: Popularity().fit(rows))
    assert found is None
    assert worth.gain is not None
    assert worth.gain.low <= 0
    assert worth.why == "no weight helped beyond doubt"


def test_too_little_to_judge_by() -> None:
    data, choices = world(helps=True, people=30)
    found, worth = contexts(data, choices, lambda rows: Popularity().fit(rows))
    assert found is None
    assert worth.why == "fewer than 50 people to judge by"
    for some in (choices.rows(choices.fields["time"][1] == 0), choices.rows(np.zeros(0, np.int64))):
        one = Choices(some.user, some.item, some.time, {"time": some.fields["time"]})
        assert contexts(data, one, lambda rows: Popularity().fit(rows))[1].why == "no field has two values"


def test_a_lift_is_how_much_more_often_people_choose_it_there() -> None:
    user = np.array([0, 0, 1, 2, 3, 4, 5, 6])  # person 0 chose item 0 by night twice, which counts once
    item = np.array([0, 0, 0, 0, 0, 1, 1, 1])
    when = np.array([1, 1, 1, 1, 0, 0, 0, -1], np.int32)
    lifts = _lifts(Choices(user, item, user, {"time": (TIMES, when)}), "time", 2)
    night = 3 / 6  # of all choices whose time is known
    assert lifts[1, 0] == pytest.approx(np.log((3 + DRAWN * night) / ((4 + DRAWN) * night)))
    assert lifts[1, 1] == pytest.approx(np.log(DRAWN * night / ((2 + DRAWN) * night)))
    assert lifts[0, 1] == 0  # two people are too few to raise it
    assert lifts[0, 0] < 0


def test_saved_and_loaded_it_says_the_same() -> None:
    data, choices = world(helps=True)
    found, _ = contexts(data, choices, lambda rows: Popularity().fit(rows))
    assert found is not None
    again = Contexts.from_arrays(ITEMS, found.arrays())
    asked = {"time": "day", "coin": "heads"}
    np.testing.assert_array_equal(again.moved(asked, ITEMS), found.moved(asked, ITEMS))
    assert again.choices == found.choices
    with pytest.raises(ValueError, match="lifts: shape"):
        Contexts.from_arrays(ITEMS + 1, found.arrays())
