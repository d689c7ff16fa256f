from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from salience.cli.bench.meter import meter
from salience.models import ALS, EASE, SLIM, Algorithm, GraphFilter, ItemKNN, Popularity
from salience.models.hybrid.held_out import cuts
from salience.train import bench_topn
from salience.train.bench_outcome import Bench
from salience.train.costs import FITS, Sizes
from salience.train.halving import Climb, Halving, Tried
from salience.train.ladders import LADDERS
from tests.train.worlds import two_tastes


def made(minutes: float = 1.0, step: float = 0.0, people: int = 40) -> Halving:
    ticks = itertools.count(0.0, step)
    data = two_tastes(people=people)
    return Halving(cuts(data, 2, 0.2, 0), 5, Bench(minutes, 0, lambda: next(ticks), meter, lambda *_: None))


def climbed(value: Any, start: Algorithm, trials: int = 1000) -> Algorithm:
    climb = Climb(Tried(start, np.array([value(start)]), 0.0, 0))
    for _ in range(trials):
        setting = climb.next()
        if setting is None:
            break
        climb.take(Tried(setting, np.array([value(setting)]), 0.0, 0))
    return climb.best.algorithm


def test_a_climb_ends_on_the_top_of_a_hill() -> None:
    def hill(a: Any) -> float:
        return float(-abs(np.log(a.alpha / 8)) - abs(np.log(a.reg / 0.002)) - abs(np.log(a.factors / 128)))

    assert climbed(hill, ALS()) == ALS(alpha=8.0, reg=0.002, factors=128)


def test_settings_that_could_not_be_paid_for_come_again() -> None:
    climb = Climb(Tried(EASE(), np.zeros(1), 0.0, 0))
    first = climb.next()
    assert first is not None
    climb.wait(first)
    assert climb.next() == first


@pytest.mark.parametrize("kind", bench_topn.CANDIDATES)
def test_every_candidate_has_a_ladder_that_holds_its_defaults_and_a_price(kind: type[Algorithm]) -> None:
    for name, ladder in LADDERS[kind.name].items():
        assert getattr(kind(), name) in ladder
        assert len(set(ladder)) == len(ladder)
    small, large = Sizes(1_000, 1_000, 30_000, 1_000_000), Sizes(30_000, 40_000, 900_000, 40_000_000)
    assert small.fit(kind()) < large.fit(kind())
    assert kind.name in FITS or kind in (Popularity, bench_topn.CANDIDATES[1])


def test_the_same_seed_and_minutes_choose_the_same() -> None:
    kinds = (Popularity, EASE, ItemKNN, GraphFilter)
    first, second = (made().run(kinds) for _ in range(2))
    assert [(t.algorithm, t.value, t.trials) for t in first] == [(t.algorithm, t.value, t.trials) for t in second]
    assert first[0].value > next(t.value for t in first if t.algorithm.name == "popularity")
    assert [t.value for t in first] == sorted((t.value for t in first), reverse=True)


def test_the_clock_is_a_brake_and_says_so() -> None:
    search = made(step=60.0)
    tried = search.run((Popularity, EASE, SLIM))
    assert {t.algorithm for t in tried} == {Popularity(), EASE(), SLIM()}  # cheap defaults, and nothing else
    assert not search.complete


def test_what_takes_too_much_of_the_minutes_is_left_out_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    search = made()
    monkeypatch.setattr(search, "sizes", Sizes(100_000, 40_000, 5_000_000, 10**9))
    tried = search.run((Popularity, SLIM))
    assert [t.algorithm.name for t in tried] == ["popularity"]
    assert [s.name for s in search.skipped] == ["slim"]
    assert "give more --minutes" in search.skipped[0].reason


def test_the_clock_cuts_all_alike() -> None:
    search = made(step=1.5)  # 30 s of the clock, which are about 20 looks at it
    tried = search.run((Popularity, ItemKNN, EASE, ALS))
    assert not search.complete
    trials = {one.algorithm.name: one.trials for one in tried}
    assert min(trials[name] for name in ("item-knn", "ease", "als")) > 3


def test_whoever_has_spent_least_is_next(monkeypatch: pytest.MonkeyPatch) -> None:
    search, order = made(), []
    monkeypatch.setattr(search, "nominal", lambda algorithm: 3.0 if algorithm.name == "als" else 1.0)
    real = search.tried
    climbs = [Climb(real(kind())) for kind in (EASE, ALS)]

    def watched(algorithm: Algorithm) -> Tried:
        order.append(algorithm.name)
        return real(algorithm)

    monkeypatch.setattr(search, "tried", watched)
    search._climb(climbs, 10.0)
    assert order == ["ease", "als", "ease", "ease", "ease", "als"]
