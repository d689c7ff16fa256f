"""The protocol ``rating``: predict the ratings of given pairs of user and item; RMSE and MAE.

Each predictor is fitted on nine tenths of the training ratings and judged on the last tenth; then a blend of them is,
if the minutes allow; the best is fitted again on all training ratings. Of the samplers, which take nearly all of the
time, so many draws are planned that one fit takes at most a third of the minutes, by their nominal seconds; one that
would be left with less than `LEAST` of its draws is not tried.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from salience.evaluate.intervals import Interval, mean
from salience.events.fault import InvalidInput
from salience.events.interactions import Interactions
from salience.models.rating.biased_mf import BiasedMF
from salience.models.rating.blend import RatingBlend
from salience.models.rating.factorisation_machine import FactorisationMachine
from salience.models.rating.rating import RatingAlgorithm, RatingModel
from salience.models.rating.svdpp import SVDpp
from salience.train.bench_outcome import Bench, Columns, Outcome, Trial, versions
from salience.train.leaderboard import Skipped
from salience.train.threads import threads_for

HELD = 0.1
SECONDS: dict[str, float] = {"svdpp": 2.5e-4, "factorisation-machine": 1e-4}
"""Nominal ones of a fit with the default settings, per rating, on one core of an ordinary server; rounded up."""
LEAST = 0.15
PARTS: tuple[RatingAlgorithm, ...] = (BiasedMF(), SVDpp(), FactorisationMachine())


def rating(train: Interactions, test: Interactions, bench: Bench) -> tuple[Outcome, Columns]:
    """Two tables over the same ids, values on the scale of the file: (outcome, columns row, prediction)."""
    began = bench.clock()
    if len(train) < 10 or not len(test):
        raise InvalidInput("train", len(train), "needs ten ratings or more, and one test or more", "check the files")
    out = np.zeros(len(train), dtype=bool)
    out[np.random.default_rng(bench.seed).permutation(len(train))[: max(1, int(HELD * len(train)))]] = True
    seen, unseen = train.rows(~out), train.rows(out)
    planned = [_planned(part, len(train), bench.minutes) for part in PARTS]
    parts = tuple(part for part in planned if part is not None)
    skipped = [
        Skipped(part.name, "too few draws in the time; give more --minutes")
        for part, left in zip(PARTS, planned, strict=True)
        if left is None
    ]
    blend = RatingBlend(parts)
    tried: list[tuple[RatingAlgorithm, Trial]] = []
    with threads_for(len(train.items)):
        for number, algorithm in enumerate((*parts, blend)):
            spent = sum(trial.seconds for _, trial in tried)
            if algorithm is blend and bench.clock() - began + 2 * (blend.folds + 1) * spent > bench.minutes * 60:
                break
            tried.append((algorithm, _tried(algorithm, seen, unseen, bench)))
            bench.progress(f"try {algorithm.name}", number + 1, len(parts) + 1)
        winner, trial = min(tried, key=lambda pair: pair[1].value)
        bench.progress(f"fit {winner.name}", 0, 1)
        told = _predictions(winner.fit(train, seed=bench.seed), test)
        bench.progress(f"fit {winner.name}", 1, 1)
    outcome = Outcome(
        task="rating",
        metric="rmse",
        judged_on=f"validation: a random {HELD:.0%} of the training ratings",
        leaderboard=tuple(sorted((t for _, t in tried), key=lambda t: t.value)),
        chosen=winner.name,
        settings=trial.settings,
        metrics={"rmse": _rmse(told, test, bench.seed), "mae": mean(_errors(told, test), seed=bench.seed)},
        totals={},
        sizes={"users": len(train.users), "items": len(train.items), "rows": len(train), "tests": len(test)},
        seed=bench.seed,
        complete=len(tried) > len(parts),
        skipped=tuple(skipped),
        seconds=round(bench.clock() - began, 3),
        versions=versions(),
    )
    return outcome, {"row": np.arange(len(test), dtype=np.int64), "prediction": told}


def _planned(part: RatingAlgorithm, ratings: int, minutes: float) -> RatingAlgorithm | None:
    """With as many draws as the minutes pay for; None: too few."""
    if not isinstance(part, (SVDpp, FactorisationMachine)) or part.name not in SECONDS:
        return part
    share = minutes * 60 / 3 / (SECONDS[part.name] * max(1, ratings))
    if share >= 1:
        return part
    if share < LEAST:
        return None
    return replace(part, draws=int(part.draws * share), warm_up=max(10, int(part.warm_up * share)))


def _tried(algorithm: RatingAlgorithm, seen: Interactions, unseen: Interactions, bench: Bench) -> Trial:
    with bench.meter() as cost:
        error = _rmse(_predictions(algorithm.fit(seen, seed=bench.seed), unseen), unseen, bench.seed)
    return Trial(
        name=algorithm.name,
        settings=algorithm.settings(),
        value=error.value,
        low=error.low,
        high=error.high,
        seconds=round(cost.seconds, 3),
        peak_bytes=cost.peak_bytes,
    )


def _predictions(model: RatingModel, asked: Interactions) -> NDArray[np.float64]:
    return model.predict(asked.user, asked.item, asked.time).astype(np.float64)


def _errors(told: NDArray[np.float64], asked: Interactions) -> NDArray[np.float64]:
    return np.abs(told - asked.value.astype(np.float64))


def _rmse(told: NDArray[np.float64], asked: Interactions, seed: int) -> Interval:
    """The root of the mean squared error and of the ends of its interval over ratings."""
    squared = mean(_errors(told, asked) ** 2, seed=seed)
    value, low, high = (float(np.sqrt(bound)) for bound in (squared.value, squared.low, squared.high))
    return Interval(value, low, high, squared.users)


__all__ = ["rating"]
