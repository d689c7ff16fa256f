from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest

from salience.evaluate import newest_fraction
from salience.events.interactions import Interactions
from salience.models import ALGORITHMS, EASE, ItemKNN, Popularity, PureSVD, UserKNN
from salience.train import search as module
from salience.train.search import Search, plan
from tests.train.worlds import two_tastes


def clock(step: float = 0.0) -> Iterator[float]:
    return itertools.count(0.0, step)


def made(step: float = 0.0, minutes: float = 10.0, seed: int = 0) -> Search:
    ticks = clock(step)
    return Search("ndcg", 10, seed, minutes, lambda: next(ticks), lambda *_: None)


def test_the_plan_holds_the_defaults_first_and_only_what_can_be() -> None:
    data = two_tastes(people=20)
    settings = plan(PureSVD, data, 10, 1, 0)
    assert settings[0] == PureSVD()
    assert len(set(settings)) == len(settings)
    assert all(isinstance(s, PureSVD) and not (s.centre and s.binary) for s in settings)


def test_sets_are_not_tried_twice_where_all_values_are_alike() -> None:
    data = two_tastes(people=20)
    alike = Interactions(data.users, data.items, data.user, data.item, np.ones(len(data), np.float32), data.time)
    for algorithm in (ItemKNN, UserKNN, EASE, PureSVD):
        tried = plan(algorithm, alike, 10, 1, 0)
        assert all(getattr(s, "binary", False) for s in tried)
        assert len(tried) < len(plan(algorithm, data, 10, 1, 0))


def test_few_minutes_thin_the_plan_the_same_way_every_time() -> None:
    data = two_tastes(people=60)
    whole = plan(ItemKNN, data, 10, 1, 0)
    few = plan(ItemKNN, data, 5 * module.SECONDS_PER_ROW * len(data) / 60, 1, 0)
    assert len(few) == 5
    assert few[0] == ItemKNN()
    assert set(few) < set(whole)
    assert few == plan(ItemKNN, data, 5 * module.SECONDS_PER_ROW * len(data) / 60, 1, 0)
    assert plan(ItemKNN, data, 0, 1, 0) == [ItemKNN()]


def test_the_whole_grid_of_a_hundred_thousand_rows_fits_into_ten_minutes() -> None:
    rng = np.random.default_rng(0)
    data = two_tastes(people=10)
    n = 100_000
    big = Interactions(
        data.users, data.items, rng.integers(0, 10, n).astype(np.int32), rng.integers(0, 12, n).astype(np.int32),
        rng.random(n).astype(np.float32), np.arange(n),
    )  # fmt: skip
    for algorithm in ALGORITHMS:
        assert plan(algorithm, big, 10, len(ALGORITHMS), 0) == plan(algorithm, big, 1e6, len(ALGORITHMS), 0)


def test_popularity_comes_first_and_answers_new_people() -> None:
    search = made()
    found = search.run(newest_fraction(two_tastes(people=30)), [EASE, Popularity])
    assert [candidate.name for candidate in found] == ["popularity", "ease"]
    assert search.popular is not None
    assert search.complete
    assert search.done == search.planned


def test_past_its_minutes_it_tries_the_defaults_only_and_says_so() -> None:
    search = made(step=30.0, minutes=1.0)
    split = newest_fraction(two_tastes(people=30))
    found = search.run(split, [Popularity, EASE, ItemKNN])
    assert [candidate.name for candidate in found] == ["popularity", "ease", "item-knn"]
    assert found[-1].settings == ItemKNN().settings()
    assert not search.complete
    assert search.done < search.planned


def test_many_people_are_halved_on_a_third_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEAST_USERS", 60)
    split = newest_fraction(two_tastes(people=90))
    search = made()
    found = search.run(split, [Popularity, ItemKNN])
    tried = len(plan(ItemKNN, split.train, 10, 2, 0))
    assert tried > module.FEW
    assert search.done == len(plan(Popularity, split.train, 10, 2, 0)) + tried + max(module.KEEP, tried // 3)
    assert len(found[1].result.users) == 90  # judged on everybody in the end


def test_memory_is_measured_and_the_tracer_left_as_it_was() -> None:
    with module._memory() as peak:
        block = np.ones(2_000_000)
        del block
    assert 15 < peak[0] < 18
    assert not tracemalloc.is_tracing()
