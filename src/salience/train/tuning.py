"""Choose a recommender for a table of interactions.

`tune` is the notebook's one call and returns the fitted model. `choose` also returns the leaderboard it was chosen by.
`compare` answers another question: how good would the choice have been? It holds a part out, tunes inside the rest, and
judges on what was held out; nothing it reports has influenced a choice.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from salience.evaluate.evaluator import Judged
from salience.evaluate.membership import membership
from salience.evaluate.metrics import parse
from salience.evaluate.poisoning import price
from salience.evaluate.split import Split, split_by
from salience.events.fault import InvalidInput
from salience.events.interactions import Interactions
from salience.models import ALGORITHMS
from salience.models.model import Algorithm, Model
from salience.models.popularity import Popularity
from salience.train.leaderboard import BASELINE, Candidate, Leaderboard, Row, choice, make_row, verdict
from salience.train.moment import Moment, at_one_moment, said
from salience.train.search import Clock, Progress, Search
from salience.train.threads import threads_for


def _silent(stage: str, done: int, total: int) -> None:
    """Nobody watches."""


def tune(
    data: Interactions,
    *,
    metric: str = "ndcg@10",
    minutes: float = 10,
    seed: int = 0,
    split: str = "user-time",
    algorithms: Sequence[type[Algorithm]] = ALGORITHMS,
    progress: Progress | None = None,
) -> Model:
    """The best recommender for ``data``, fitted on all of it. See `choose`."""
    model, _ = choose(
        data, metric=metric, minutes=minutes, seed=seed, split=split, algorithms=algorithms, progress=progress
    )
    return model


def choose(
    data: Interactions,
    *,
    metric: str = "ndcg@10",
    minutes: float = 10,
    seed: int = 0,
    split: str = "user-time",
    algorithms: Sequence[type[Algorithm]] = ALGORITHMS,
    progress: Progress | None = None,
    clock: Clock = time.perf_counter,
) -> tuple[Model, Leaderboard]:
    """Hold out a validation part, try every algorithm, refit the winner on everything: (model, leaderboard).

    With each person's newest rows held out, the winner must not harm at one moment either (`salience.train.moment`).
    The leaderboard's values are those of the validation part that also chose the settings, so the winner's is a little
    flattered; `compare` gives unflattered ones. ``minutes`` bounds the search, not the final fit.
    """
    search = _search(metric, minutes, seed, clock, progress)
    held = split_by(split, data, seed=seed)
    tried = search.run(held, _with_popularity(algorithms))
    look = _look(data, tried, search, split, algorithms)
    leaderboard = _leaderboard(tried, search, split, f"validation: {held.rule}", metric, chosen=None, look=look)
    search.progress("fit", 0, 1)
    with threads_for(len(data.items)):
        model = _algorithm(leaderboard.best.name, leaderboard.best.settings, algorithms).fit(data, seed=seed)
    search.progress("fit", 1, 1)
    return model, leaderboard


def refit(name: str, settings: dict[str, Any], data: Interactions, *, seed: int = 0) -> Model:
    """The algorithm of this name with these settings, fitted on other data: nothing is chosen anew."""
    with threads_for(len(data.items)):
        return _algorithm(name, settings, ALGORITHMS).fit(data, seed=seed)


def remembered(name: str, settings: dict[str, Any], data: Interactions, *, seed: int = 0) -> float | None:
    """The AUC of membership inference against this algorithm with these settings on these data (`evaluate.membership`).

    None with too few people to say.
    """
    return membership(data, lambda half: refit(name, settings, half, seed=seed), seed=seed)


def priced(
    name: str, settings: dict[str, Any], data: Interactions, *, seed: int = 0, seconds: float, clock: Clock
) -> int | None:
    """The price of poisoning this algorithm with these settings on these data (`evaluate.poisoning`).

    None where it cannot be told, or not within some ``seconds``.
    """
    until = clock() + seconds
    return price(data, lambda more: refit(name, settings, more, seed=seed), late=lambda: clock() > until)


def compare(
    data: Interactions,
    *,
    split: str = "user-time",
    fraction: float = 0.2,
    k: int = 10,
    minutes: float = 10,
    seed: int = 0,
    algorithms: Sequence[type[Algorithm]] = ALGORITHMS,
    progress: Progress | None = None,
    clock: Clock = time.perf_counter,
) -> Leaderboard:
    """Judge every algorithm on a held-out part, its settings (and the choice) made on a validation part of the rest."""
    metric = f"ndcg@{k}"
    outer = split_by(split, data, fraction, seed)
    search = _search(metric, minutes, seed, clock, progress)
    tried = search.run(split_by(split, outer.train, fraction, seed), _with_popularity(algorithms))
    look = _look(outer.train, tried, search, split, algorithms)
    chosen = look.chosen if look else choice(_rows(tried, search))
    return _leaderboard(
        _judged(tried, search, outer, algorithms), search, split, f"test: {outer.rule}", metric, chosen=chosen
    )


def _look(
    data: Interactions,
    tried: Sequence[Candidate],
    search: Search,
    split: str,
    algorithms: Sequence[type[Algorithm]],
) -> Moment | None:
    if split != "user-time":
        return None
    return at_one_moment(
        data, tried, choice(_rows(tried, search)), search, lambda one: _algorithm(one.name, one.settings, algorithms)
    )


def _judged(
    tried: Sequence[Candidate], search: Search, outer: Split, algorithms: Sequence[type[Algorithm]]
) -> list[Candidate]:
    """Each algorithm's chosen settings, fitted on the whole training part, evaluated on the test part."""
    judged = Judged.of(outer)
    search.popular = None  # the one in use was fitted on the smaller part
    found = []
    for number, candidate in enumerate(tried):
        algorithm = _algorithm(candidate.name, candidate.settings, algorithms)
        model, result = search.judge(algorithm, outer, judged, candidate.trials)
        if candidate.name == BASELINE:
            search.popular = model
        found.append(result)
        search.progress(f"judge {candidate.name}", number + 1, len(tried))
    return found


def _search(metric: str, minutes: float, seed: int, clock: Clock, progress: Progress | None) -> Search:
    name, k = parse(metric)
    if not minutes >= 0:
        raise InvalidInput("minutes", minutes, "must be 0 or more", "0 tries the default settings only")
    return Search(metric=name, k=k, seed=seed, minutes=minutes, clock=clock, progress=progress or _silent)


def _rows(tried: Sequence[Candidate], search: Search) -> list[Row]:
    popular = next(candidate for candidate in tried if candidate.name == BASELINE)
    return [make_row(candidate, popular, search.metric, search.seed) for candidate in tried]


def _leaderboard(
    tried: Sequence[Candidate],
    search: Search,
    split: str,
    judged_on: str,
    metric: str,
    *,
    chosen: str | None,
    look: Moment | None = None,
) -> Leaderboard:
    rows = _rows(tried, search)
    leader = chosen or choice(rows)
    cold = float(tried[0].result.cold.mean())
    return Leaderboard(
        metric=metric,
        split=split,
        judged_on=judged_on,
        rows=tuple(sorted(rows, key=lambda row: -row.value)),
        chosen=look.chosen if look else leader,
        verdict=" ".join((verdict(rows, leader, metric, cold), *((said(look, metric),) if look else ()))),
        users=len(tried[0].result.users),
        cold_users=cold,
        skipped=tuple(search.skipped),
        trials=search.done,
        complete=search.complete,
        seed=search.seed,
    )


def _with_popularity(algorithms: Sequence[type[Algorithm]]) -> tuple[type[Algorithm], ...]:
    """Popularity is always tried: without it no number means anything."""
    chosen = tuple(dict.fromkeys(algorithms))
    return chosen if Popularity in chosen else (Popularity, *chosen)


def _algorithm(name: str, settings: dict[str, Any], algorithms: Sequence[type[Algorithm]]) -> Algorithm:
    kind = next(algorithm for algorithm in _with_popularity(algorithms) if algorithm.name == name)
    return kind(**settings)


__all__ = ["choose", "compare", "refit", "remembered", "tune"]
