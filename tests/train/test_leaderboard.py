from __future__ import annotations

import msgspec
import numpy as np
import pytest

from salience.evaluate import Evaluation
from salience.train.leaderboard import Candidate, Leaderboard, Row, choice, make_row, verdict

USERS = 200
RNG = np.random.default_rng(0)
NOISE = RNG.random(USERS) * 0.2


def candidate(name: str, values: np.ndarray[tuple[int], np.dtype[np.float64]], cold: float = 0.0) -> Candidate:
    new = np.arange(USERS) < cold * USERS
    result = Evaluation(10, np.arange(USERS), np.zeros((USERS, 10), np.int64), {"ndcg": values}, new, 0.5, 0.5, 5.0)
    return Candidate(name, {}, result, 0.1, 1.0, 3)


def rows(cold: float = 0.0, **values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[Row]:
    popular = candidate("popularity", 0.1 + NOISE, cold)
    others = [candidate(name.replace("_", "-"), ours, cold) for name, ours in values.items()]
    return [make_row(c, popular, "ndcg", 0) for c in (popular, *others)]


def test_a_row_compares_user_by_user() -> None:
    row = rows(ease=0.2 + NOISE)[1]
    assert row.gain == pytest.approx(0.1)
    assert row.gain_low == pytest.approx(0.1)  # the same gain for everybody: no doubt at all
    assert row.lift == pytest.approx(0.1 / (0.1 + NOISE.mean()))
    assert row.low < row.value < row.high
    assert row.warm == pytest.approx(row.value)
    assert row.cold is None


def test_the_best_is_chosen_if_it_beats_popularity_beyond_doubt() -> None:
    table = rows(ease=0.2 + NOISE, als=0.15 + NOISE)
    assert choice(table) == "ease"
    said = verdict(table, "ease", "ndcg@10", 0.0)
    assert said.startswith("ease is chosen: ndcg@10 0.")
    assert "above popularity" in said


def test_a_lucky_model_is_not_chosen() -> None:
    lucky = 0.1 + NOISE + RNG.normal(size=USERS) * 0.3
    lucky += 0.101 + NOISE.mean() - lucky.mean()  # a hair better on average, and full of noise
    table = rows(ease=lucky)
    assert table[1].value > table[0].value
    assert choice(table) == "popularity"
    assert "popularity is chosen" in verdict(table, "popularity", "ndcg@10", 0.0)


def test_the_verdict_says_when_popularity_leads_and_why() -> None:
    table = rows(cold=0.9, ease=0.05 + NOISE)
    assert choice(table) == "popularity"
    said = verdict(table, "popularity", "ndcg@10", 0.9)
    assert said.startswith("popularity leads")
    assert "90% of these users are new" in said
    assert "popular list" in said


def test_the_verdict_admits_a_choice_that_the_test_part_does_not_confirm() -> None:
    assert "does not beat popularity" in verdict(rows(ease=0.05 + NOISE), "ease", "ndcg@10", 0.0)
    assert "here ease does better" in verdict(rows(ease=0.3 + NOISE), "popularity", "ndcg@10", 0.0)


def test_popularity_alone() -> None:
    assert choice(rows()) == "popularity"
    assert "nothing else could be tried" in verdict(rows(), "popularity", "ndcg@10", 0.0)
    assert "nothing else" in verdict(rows(cold=1.0), "popularity", "ndcg@10", 1.0)


def test_users_with_and_without_a_history_are_kept_apart() -> None:
    values = np.where(np.arange(USERS) < 50, 0.2, 0.6)
    row = rows(cold=0.25, ease=values)[1]
    assert row.cold == pytest.approx(0.2)
    assert row.warm == pytest.approx(0.6)


def test_it_goes_through_json() -> None:
    table = rows(ease=0.2 + NOISE)
    board = Leaderboard(
        metric="ndcg@10", split="time", judged_on="test", rows=tuple(table), chosen="ease", verdict="", users=USERS,
        cold_users=0.0,
    )  # fmt: skip
    back = msgspec.json.decode(msgspec.json.encode(board), type=Leaderboard)
    assert back == board
    assert back.best.name == "ease"
