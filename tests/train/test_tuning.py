"""The choice, on worlds where the right one is known."""

from __future__ import annotations

import numpy as np
import pytest

import salience
from salience.events import InvalidInput
from salience.models import ALS, EASE, SLIST, Content, ItemKNN, Popularity
from salience.train import choose, compare, tune
from tests.train.worlds import newcomers, only_hits, two_tastes

FEW = (Popularity, ItemKNN, EASE)


def test_where_there_are_tastes_a_personal_model_is_chosen() -> None:
    data = two_tastes()
    model, board = choose(data, algorithms=FEW)
    assert board.chosen != "popularity"
    assert board.best.gain_low > 0
    assert "is chosen" in board.verdict
    items, _ = model.recommend(["p0", "p1"], k=1)
    history = set(data.item[data.user == 0].tolist())
    assert len(history) == 6
    assert board.judged_on == "validation: each person's newest 20% held out"
    assert items.shape == (2, 1)


def test_where_there_are_none_popularity_is_chosen_and_said_to_be() -> None:
    model, board = choose(only_hits(), algorithms=FEW)
    assert board.chosen == "popularity"
    assert model.kind == "popular"
    assert "popularity" in board.verdict


def test_same_seed_same_answer() -> None:
    first, one = choose(two_tastes(), algorithms=FEW, seed=5)
    second, two = choose(two_tastes(), algorithms=FEW, seed=5)
    assert one.chosen == two.chosen
    for a, b in zip(one.rows, two.rows, strict=True):
        assert (a.name, a.settings, a.value, a.low, a.high, a.gain_low) == (
            b.name, b.settings, b.value, b.low, b.high, b.gain_low,
        )  # fmt: skip
    for name, array in first.arrays().items():
        np.testing.assert_array_equal(array, second.arrays()[name])


def test_the_winner_is_refitted_on_everything() -> None:
    data = two_tastes()
    model, board = choose(data, algorithms=(EASE,))
    again = EASE(**board.best.settings).fit(data)
    # not to the last bit: `choose` fits on one thread, and BLAS adds up in another order on two
    np.testing.assert_allclose(model.arrays()["weights"], again.arrays()["weights"], rtol=1e-5, atol=1e-9)
    assert dict(model.settings) == board.best.settings


def test_popularity_is_in_the_table_whether_asked_for_or_not() -> None:
    _, board = choose(two_tastes(), algorithms=(EASE,))
    assert {row.name for row in board.rows} == {"popularity", "ease"}
    assert board.row("popularity").gain == 0
    assert [row.value for row in board.rows] == sorted((row.value for row in board.rows), reverse=True)


def test_an_algorithm_that_cannot_is_skipped_with_its_reason() -> None:
    _, board = choose(two_tastes(), algorithms=(*FEW, Content))
    assert [skipped.name for skipped in board.skipped] == ["content"]
    assert "attributes" in board.skipped[0].reason
    assert "content" not in {row.name for row in board.rows}


def test_compare_judges_on_what_it_did_not_choose_by() -> None:
    board = compare(two_tastes(), algorithms=FEW, k=3)
    assert board.metric == "ndcg@3"
    assert board.judged_on.startswith("test: ")
    assert board.chosen != "popularity"
    assert all(row.users == board.users for row in board.rows)
    assert all(row.metrics["recall"] <= 1 for row in board.rows)


def test_one_moment_for_all_says_that_most_people_are_new() -> None:
    board = compare(newcomers(), split="time", algorithms=FEW)
    assert board.cold_users > 0.8
    assert f"{board.cold_users:.0%} of these users are new" in board.verdict
    cold = {row.cold for row in board.rows}
    assert len(cold) == 1  # everybody answers them with the same popular list


def test_progress_is_told_and_ends() -> None:
    told: list[tuple[str, int, int]] = []
    choose(two_tastes(people=30), algorithms=FEW, progress=lambda *step: told.append(step))
    assert told[0][0] == "try popularity"
    assert told[-1] == ("fit", 1, 1)
    assert all(done <= total for _, done, total in told)


def test_no_time_at_all_still_tries_the_defaults() -> None:
    _, board = choose(two_tastes(people=30), algorithms=FEW, minutes=0)
    assert board.trials == len(FEW)
    assert board.complete  # no more was planned
    assert {row.name: row.settings for row in board.rows} == {a.name: a().settings() for a in FEW}


def test_the_notebooks_lines(tmp_path: object) -> None:
    import polars as pl

    data = two_tastes(people=40)
    df = pl.DataFrame(
        {
            "u": [data.users.names[u] for u in data.user],
            "i": [data.items.names[i] for i in data.item],
            "t": data.time,
        }
    )
    frame = salience.Interactions.from_frame(df, user="u", item="i", value=None, time="t")
    model = salience.tune(frame, metric="ndcg@10", minutes=10, seed=0)
    items, scores = model.recommend(["p0"], k=10)
    model.save(f"{tmp_path}/my-model")
    back = salience.load(f"{tmp_path}/my-model")
    assert back.recommend(["p0"], k=10)[0].tolist() == items.tolist()
    assert scores.shape == (1, 10)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"metric": "ndcg"}, "metric"), ({"split": "never"}, "split"), ({"minutes": -1.0}, "minutes")],
)
def test_wrong_wishes_are_refused(wrong: dict[str, str], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        tune(two_tastes(people=10), algorithms=FEW, **wrong)  # type: ignore[arg-type]


def test_too_little_to_judge_by_is_refused_in_words() -> None:
    lone = salience.Interactions.from_rows([("a", "x", 1.0, 1), ("b", "y", 1.0, 2)])
    with pytest.raises(InvalidInput, match="nobody with a new item"):
        choose(lone, algorithms=FEW)


def test_all_algorithms_run_on_a_small_world() -> None:
    everything = (Popularity, ItemKNN, EASE, SLIST, ALS)
    _, board = choose(two_tastes(people=40), algorithms=everything, minutes=0.01, clock=lambda: 0.0)
    assert {row.name for row in board.rows} == {"popularity", "item-knn", "ease", "slist", "als"}
