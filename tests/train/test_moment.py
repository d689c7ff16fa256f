"""A model that lives on what other people did later is not served where taste moves with time."""

from __future__ import annotations

import numpy as np
import pytest

from salience.events.interactions import Interactions
from salience.models.neighbours.item_knn import ItemKNN
from salience.models.popularity import Popularity
from salience.train.leaderboard import BASELINE
from salience.train.tuning import choose, compare

DAY = 86_400_000
TRIED = (Popularity, ItemKNN)


def shop(*, fashions: bool, people: int = 500, seed: int = 0) -> Interactions:
    """Everybody comes for a few days, and for two weeks two months later; now and then for a staple, mostly for what is
    theirs: with ``fashions`` the things of these three weeks, which are gone afterwards; else those of their camp."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(people):
        start, camp = int(rng.integers(0, 200)), person % 12
        for day in (*range(5), *range(60, 75)):
            now = start + day
            if rng.random() < 0.08:
                item = f"staple {rng.integers(0, 5)}"
            else:
                item = f"thing {now // 20 if fashions else camp} {rng.integers(0, 20)}"
            rows.append((f"p{person}", item, 1.0, now * DAY))
    return Interactions.from_rows(rows)


def test_the_second_look_takes_back_what_moves() -> None:
    data = shop(fashions=True)
    model, board = choose(data, minutes=0, algorithms=TRIED)
    knn = board.row(ItemKNN.name)
    assert knn.gain_low > 0  # with each person's newest rows held out it looks far better
    assert board.chosen == BASELINE
    assert model.kind == "popular"
    assert "is behind popularity" in board.verdict
    assert compare(data, minutes=0, algorithms=TRIED).chosen == BASELINE


def test_steady_tastes_are_served_by_the_model() -> None:
    model, board = choose(shop(fashions=False), minutes=0, algorithms=TRIED)
    assert board.chosen == ItemKNN.name
    assert model.kind != "popular"
    assert "A second look" in board.verdict


@pytest.mark.parametrize("split", ["time", "random"])
def test_other_splits_are_taken_at_their_word(split: str) -> None:
    _, board = choose(shop(fashions=True, people=150), minutes=0, algorithms=TRIED, split=split)
    assert "second look" not in board.verdict


def test_without_times_there_is_no_moment() -> None:
    data = shop(fashions=False, people=150)
    rows = [(f"p{user}", data.items.names[item], 1.0, 0) for user, item in zip(data.user, data.item, strict=True)]
    flat = Interactions.from_rows(rows)
    _, board = choose(flat, minutes=0, algorithms=TRIED)
    assert "second look" not in board.verdict
