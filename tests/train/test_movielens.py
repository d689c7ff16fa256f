"""The acceptance figures on MovieLens 100K: settings chosen inside the training part, judged on what was held out."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from salience.evaluate import evaluate, newest_fraction
from salience.events.interactions import Interactions
from salience.models import EASE, Popularity
from salience.train import compare

pytestmark = pytest.mark.movielens


@pytest.fixture(scope="module")
def ratings(movielens: Path) -> Interactions:
    """The 100,000 ratings, from either form of the files."""
    typed = movielens / "ml-100k.inter"
    path = typed if typed.is_file() else movielens / "u.data"
    table = pl.read_csv(path, separator="\t", has_header=typed.is_file(), new_columns=["user", "item", "stars", "time"])
    return Interactions.from_frame(table, user="user", item="item", value="stars", time="time")


def test_all_of_it_is_read(ratings: Interactions) -> None:
    assert (len(ratings), len(ratings.users), len(ratings.items)) == (100_000, 943, 1682)
    assert (ratings.value.min(), ratings.value.max()) == (0.0, 1.0)


def test_ease_and_popularity_reach_what_is_known_of_them(ratings: Interactions) -> None:
    """About .11 and .19; which of several rows of one second are held out moves both by a hundredth."""
    split = newest_fraction(ratings, 0.2)
    assert 0.105 < evaluate(Popularity().fit(split.train), split).mean("ndcg") < 0.125
    assert 0.185 < evaluate(EASE(l2=200.0).fit(split.train), split).mean("ndcg") < 0.215


def test_the_chosen_model_beats_popularity_by_seventy_per_cent(ratings: Interactions) -> None:
    board = compare(ratings, split="user-time")
    assert board.best.lift > 0.7
    assert board.best.lift_low > 0.5
    assert board.best.value >= board.row("ease").value
    assert board.cold_users == 0


def test_after_one_moment_popularity_leads_and_the_table_says_why(ratings: Interactions) -> None:
    board = compare(ratings, split="time")
    assert board.chosen == "popularity"
    assert board.rows[0].name == "popularity"
    assert board.row("popularity").value > 0.3
    assert board.verdict.startswith("popularity leads")
    assert "of these users are new" in board.verdict
