"""The protocol ``nextbasket``: from each person's baskets so far, the items of the next; bought ones may come again.

Settings are judged on each person's last basket of the history, with everything before it to learn from: first the
settings of every algorithm, one after the other along each of their ranges, then a learned blend of the best of each.
Whichever is best there is fitted again on the whole history. Ties are broken by the order of `models.topk`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.evaluate.basket import judged
from salience.evaluate.intervals import mean
from salience.events.fault import InvalidInput
from salience.events.interactions import Matrix
from salience.models.basket import BASKET_ALGORITHMS, BasketAlgorithm, Baskets, NextItems, Personal, Popular, Ranked
from salience.models.basket.neighbours import UPCF, TifuKNN
from salience.train.bench_outcome import Bench, Columns, Outcome, Trial, ranked_columns, versions
from salience.train.threads import threads_for

JUDGED = 3_000
"""People whose last baskets judge a setting: the interval is then about a twentieth of the metrics seen here."""
SEARCH = 0.4  # of the minutes go to settings of single algorithms
FIRST = (Personal, TifuKNN, UPCF, NextItems, Popular)  # the parts of the blend; the first tells what people had


def nextbasket(
    baskets: Mapping[str, Sequence[Sequence[str]]], future: Mapping[str, Sequence[str]], k: int, bench: Bench
) -> tuple[Outcome, Columns]:
    """``baskets`` by user, oldest first; ``future``: the one to come. Answers everybody in ``future``.

    People of the future without a history are answered with an empty one. (outcome, columns user, item, rank, score).
    """
    future = {name: basket for name, basket in future.items() if basket}
    if not future:
        raise InvalidInput("future", 0, "has no basket with an item", "give each user's next basket")
    names, history = list(baskets), Baskets.of(baskets.values())
    if not len(history.codes):
        raise InvalidInput("history", 0, "holds no items", "give the baskets so far")
    search = _Search(bench, bench.clock(), history, k)
    with threads_for(len(history.items)):
        search.run()
        winner, trial = max(search.tried, key=lambda pair: pair[1].value)
        bench.progress(f"fit {winner.name}", 0, 1)
        asked = _asked(names, history, list(future))
        codes, scores = winner.fit(history, seed=bench.seed).top(asked, k)
        bench.progress(f"fit {winner.name}", 1, 1)
    coming = list(future.values())
    values = _values(codes, asked, coming)
    outcome = Outcome(
        task="nextbasket",
        metric=f"ndcg@{k}",
        judged_on=f"validation: the last basket of the history, {search.judges:,} users",
        leaderboard=tuple(sorted((t for _, t in search.tried), key=lambda t: -t.value)),
        chosen=winner.name,
        settings=trial.settings,
        metrics={f"{name}@{k}": mean(per, seed=bench.seed) for name, per in values.items() if len(per)},
        totals={},
        sizes={
            "users": len(history),
            "baskets": len(history.bounds) - 1,
            "items": len(history.items),
            "rows": len(history.codes),
            "tests": len(future),
        },
        seed=bench.seed,
        complete=search.complete,
        seconds=round(bench.clock() - search.began, 3),
        versions=versions(),
    )
    return outcome, ranked_columns(("user", np.array(list(future), dtype=object)), codes, scores, history.items.names)


@dataclass
class _Search:
    """What was tried, on the histories ``before`` the last basket of the people who have two or more."""

    bench: Bench
    began: float
    history: Baskets
    k: int
    tried: list[tuple[BasketAlgorithm, Trial]] = field(default_factory=list)
    complete: bool = True
    judges: int = 0

    def run(self) -> None:
        """Every algorithm; then the blend if there is anybody to learn from and time for it."""
        before, last, _ = self.history.without_last()
        if not len(before):
            self._alone()
            return
        chosen = np.sort(np.random.default_rng(self.bench.seed).permutation(len(before))[:JUDGED])
        self.judges = len(chosen)
        asked, wanted = before.rows(chosen), last[chosen]
        best: dict[str, BasketAlgorithm] = {}
        for number, kind in enumerate(BASKET_ALGORITHMS):
            until = SEARCH * self.bench.minutes * 60 * (number + 1) / len(BASKET_ALGORITHMS)
            best[kind.name] = self._settle(kind(), before, asked, wanted, until)
            self.bench.progress(f"try {kind.name}", number + 1, len(BASKET_ALGORITHMS) + 1)
        parts = tuple(best[kind.name] for kind in FIRST)
        spent = self.bench.clock() - self.began
        if not (before.counts > 1).any() or spent > self.bench.minutes * 60 * 0.6:
            self.complete = self.complete and not (before.counts > 1).any()
            return
        for blend in (Ranked(parts, trees=0), Ranked(parts)):
            self._try(blend, before, asked, wanted)
            self.bench.progress(f"try {blend.name}", len(BASKET_ALGORITHMS) + 1, len(BASKET_ALGORITHMS) + 1)

    def _settle(
        self, start: BasketAlgorithm, before: Baskets, asked: Baskets, wanted: Matrix, until: float
    ) -> BasketAlgorithm:
        """One setting after another, along its range, keeping what is best; the first round of two always tries one."""
        best, value = start, self._try(start, before, asked, wanted)
        kept = len(self.tried) - 1
        trials = 1
        for name, choices in start.space.items():
            for choice in choices:
                if choice == getattr(best, name):
                    continue
                if self.bench.clock() - self.began > until:
                    self.complete = False
                    break
                other = replace(best, **{name: choice})
                found = self._try(other, before, asked, wanted)
                trials += 1
                if found > value:
                    best, value, kept = other, found, len(self.tried) - 1
        algorithm, trial = self.tried[kept]
        first = len(self.tried) - trials
        self.tried[first:] = [(algorithm, _counted(trial, trials))]
        return best

    def _try(self, algorithm: BasketAlgorithm, before: Baskets, asked: Baskets, wanted: Matrix) -> float:
        with self.bench.meter() as cost:
            codes, _ = algorithm.fit(before, seed=self.bench.seed).top(asked, self.k)
        had = asked.weighted(np.ones(len(asked.codes), np.float32))
        found = judged(codes, wanted, had, np.zeros(len(codes), np.int64))
        value = mean(found["ndcg"], seed=self.bench.seed)
        trial = Trial(
            name=algorithm.name,
            settings=algorithm.settings(),
            value=value.value,
            low=value.low,
            high=value.high,
            seconds=round(cost.seconds, 3),
            peak_bytes=cost.peak_bytes,
        )
        self.tried.append((algorithm, trial))
        return value.value

    def _alone(self) -> None:
        """Nobody has two baskets: nothing can be judged, and popularity answers."""
        popular = Popular(decay=1.0)
        nothing = Trial(
            name=popular.name, settings=popular.settings(), value=0.0, low=0.0, high=0.0, seconds=0.0, peak_bytes=0
        )
        self.tried.append((popular, nothing))


def _counted(trial: Trial, trials: int) -> Trial:
    import msgspec

    return msgspec.structs.replace(trial, trials=trials)


def _asked(names: Sequence[str], history: Baskets, people: Sequence[str]) -> Baskets:
    """The histories of these people, in this order; an empty one for whoever has none."""
    place = {name: number for number, name in enumerate(names)}
    start = np.array([history.people[place[p]] if p in place else 0 for p in people], dtype=np.int64)
    stop = np.array([history.people[place[p] + 1] if p in place else 0 for p in people], dtype=np.int64)
    return history.spans(start, stop)


def _values(codes: NDArray[np.int64], asked: Baskets, coming: Sequence[Sequence[str]]) -> dict[str, NDArray[Any]]:
    """The metrics of the future baskets."""
    known = asked.items.codes
    distinct = [dict.fromkeys(basket) for basket in coming]
    coded = [sorted(known[item] for item in basket if item in known) for basket in distinct]
    indptr = np.concatenate(([0], np.cumsum([len(row) for row in coded]))).astype(np.int64)
    indices = np.array([code for row in coded for code in row], dtype=np.int32)
    shape = (len(coded), len(asked.items))
    wanted: Matrix = sparse.csr_array((np.ones(len(indices), np.float32), indices, indptr), shape=shape)
    missing = np.array([len(basket) for basket in distinct], dtype=np.int64) - np.diff(indptr)
    return judged(codes, wanted, asked.weighted(np.ones(len(asked.codes), np.float32)), missing)


__all__ = ["nextbasket"]
