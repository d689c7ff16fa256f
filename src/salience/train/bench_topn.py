"""The protocol ``topn``: rank all items that a user did not have; the held-out ones should stand among the first k.

The settings of every recommender are searched on a validation part (each user's random fifth, or the one that is
given), then the best few are blended, and whichever is best there is fitted again on everything but the test part.
Ties of scores are broken by the fixed pseudo-random order of `models.topk`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.evaluate import metrics
from salience.evaluate.evaluator import CELLS, Judged, found
from salience.evaluate.intervals import mean
from salience.evaluate.split import Split
from salience.events.fault import InvalidInput
from salience.events.ids import IdMap
from salience.events.interactions import Interactions, Matrix
from salience.models import ALGORITHMS
from salience.models.blend import Blend
from salience.models.graph_filter import GraphFilter
from salience.models.graph_walk import P3Alpha, RP3Beta
from salience.models.held_out import cuts
from salience.models.model import Algorithm, Floats, Model
from salience.models.popularity import Popularity
from salience.models.slim import SLIM
from salience.models.topk import best
from salience.train.bench_outcome import Bench, Columns, Outcome, Trial, ranked_columns, versions
from salience.train.leaderboard import BASELINE, Candidate, Row, choice, make_row
from salience.train.search import Search
from salience.train.threads import threads_for

CANDIDATES: tuple[type[Algorithm], ...] = tuple(dict.fromkeys((*ALGORITHMS, GraphFilter, P3Alpha, RP3Beta, SLIM)))
HELD = 0.2
BLENDED = 4
SEARCH = 0.5  # of the minutes go to single recommenders; the blend and the last fits need the others

Histories = Mapping[str, Sequence[str]]


def topn(train: Histories, valid: Histories, test: Histories, k: int, bench: Bench) -> tuple[Outcome, Columns]:
    """Choose, fit, recommend ``k`` items to everybody in any part: (outcome, columns user, item, rank, score).

    ``valid`` and ``test`` may be empty. Items that occur in the test part only cannot be recommended, but count as
    relevant. What a user has in ``train`` or ``valid`` is neither recommended nor asked for.
    """
    began = bench.clock()
    items = IdMap.of(item for part in (train, valid) for history in part.values() for item in history)
    users = IdMap.of(user for part in (train, valid, test) for user in part)
    if not len(items):
        raise InvalidInput("train", 0, "has no items", "give a file with lines `user item item ...`")
    everything = table(users, items, train, valid)
    split, rule = _validation(users, items, everything, train, valid, bench.seed)
    search = Search("ndcg", k, bench.seed, bench.minutes * SEARCH, bench.clock, bench.progress)
    tried = search.run(split, CANDIDATES)
    winner, rows = _choose(tried, search, split, bench, began)
    with threads_for(len(items)):
        bench.progress(f"fit {winner.name}", 0, 1)
        model = winner.fit(everything, seed=bench.seed)
        codes, scores = recommended(model, Popularity().fit(everything), everything.matrix, k)
        bench.progress(f"fit {winner.name}", 1, 1)
    values, totals = judged(codes, everything, users, items, test, k) if test else ({}, {})
    outcome = Outcome(
        task="topn",
        metric=f"ndcg@{k}",
        judged_on=f"validation: {rule}",
        leaderboard=tuple(_trial(row) for row in sorted(rows, key=lambda row: -row.value)),
        chosen=winner.name,
        settings=winner.settings(),
        metrics={f"{name}@{k}": mean(per_user, seed=bench.seed) for name, per_user in values.items()},
        totals=totals,
        sizes={"users": len(users), "items": len(items), "rows": everything.matrix.nnz},
        seed=bench.seed,
        complete=search.complete,
        seconds=round(bench.clock() - began, 3),
        skipped=tuple(search.skipped),
        versions=versions(),
    )
    names = np.array(users.names, dtype=object)
    return outcome, ranked_columns(("user", names), codes, scores, items.names)


def table(users: IdMap, items: IdMap, *parts: Histories) -> Interactions:
    """The parts as one table over the given ids; all values 1, times unknown."""
    pairs = [(user, item) for part in parts for user, history in part.items() for item in history]
    user = np.array([users.codes[name] for name, _ in pairs], dtype=np.int32)
    item = np.array([items.codes[name] for _, name in pairs], dtype=np.int32)
    return Interactions(users, items, user, item, np.ones(len(pairs), np.float32), np.zeros(len(pairs), np.int64))


def recommended(model: Model, popular: Model, histories: Matrix, k: int) -> tuple[NDArray[np.int64], Floats]:
    """The best ``k`` items not in each history, (users, k), in batches; empty histories get the popular list."""
    people, n = histories.shape
    codes, scores = np.empty((people, k), np.int64), np.empty((people, k), np.float32)
    cold = np.diff(histories.indptr) == 0
    step = max(1, CELLS // max(1, n))
    for start in range(0, people, step):
        rows = histories[start : start + step]
        dense = model.score(rows)
        new = cold[start : start + step]
        if new.any():
            dense = dense.copy()
            dense[new] = popular.score(rows[np.flatnonzero(new)])
        codes[start : start + step], scores[start : start + step] = best(dense, k, leave_out=rows)
    return codes, scores


def judged(
    codes: NDArray[np.int64], everything: Interactions, users: IdMap, items: IdMap, test: Histories, k: int
) -> tuple[dict[str, NDArray[np.float64]], dict[str, float]]:
    """(metric -> one value per user with something to find, metrics of all lists together)."""
    every = IdMap.of((*items.names, *(item for history in test.values() for item in history)))
    n, wide = len(items), len(every)
    wanted = table(users, every, test).matrix
    seen = everything.matrix
    had: Matrix = sparse.csr_array((np.ones(seen.nnz, np.float32), seen.indices, seen.indptr), shape=wanted.shape)
    relevant: Matrix = (wanted - wanted.multiply(had)).tocsr()
    relevant.eliminate_zeros()
    who = np.flatnonzero(np.diff(relevant.indptr))
    if not len(who):
        raise InvalidInput("test", len(test), "holds nothing that its users did not have in train", "check the files")
    ranked = codes[who]
    hits = found(np.where(ranked == n, wide, ranked), relevant[who])
    counts = np.diff(relevant.indptr)[who].astype(np.int64)
    values = {name: metrics.METRICS[name](hits, counts) for name in ("recall", "ndcg", "hr", "mrr", "precision", "map")}
    values["f1"] = f1(values["precision"], values["recall"])
    people = np.bincount(seen.indices, minlength=n).astype(np.float64)
    totals = {
        f"coverage@{k}": metrics.coverage(ranked, n),
        f"novelty@{k}": metrics.novelty(ranked, people, int((np.diff(seen.indptr) > 0).sum())),
        f"gini@{k}": metrics.gini(ranked, n),
    }
    return values, totals


def f1(precision: NDArray[np.float64], recall: NDArray[np.float64]) -> NDArray[np.float64]:
    """The harmonic mean of each user's precision and recall, 0 where both are.

    >>> f1(np.array([0.5, 0.0]), np.array([1.0, 0.0])).round(3).tolist()
    [0.667, 0.0]
    """
    both = precision + recall
    return np.divide(2 * precision * recall, both, out=np.zeros_like(both), where=both > 0)


def _validation(
    users: IdMap, items: IdMap, everything: Interactions, train: Histories, valid: Histories, seed: int
) -> tuple[Split, str]:
    if valid:
        rule = "the given validation file"
        return Split(table(users, items, train), table(users, items, valid), rule), rule
    rule = f"each user's random {HELD:.0%} of the training part"
    (cut,) = cuts(everything, 1, HELD, seed)
    n = np.int64(len(items))
    kept = cut.train.user * n + cut.train.item
    return Split(cut.train, everything.rows(~np.isin(everything.user * n + everything.item, kept)), rule), rule


def _choose(
    tried: Iterable[Candidate], search: Search, split: Split, bench: Bench, began: float
) -> tuple[Algorithm, list[Row]]:
    """The winner, unfitted, and a row for every candidate. A blend of the best few is tried while there is time."""
    candidates = list(tried)
    kinds = {kind.name: kind for kind in CANDIDATES}
    settled: dict[str, Algorithm] = {c.name: kinds[c.name](**c.settings) for c in candidates}
    ordered = sorted(candidates, key=lambda c: -c.result.mean("ndcg"))
    parts = [c for c in ordered if c.name != BASELINE][:BLENDED]
    needed = 3 * sum(c.seconds for c in parts)  # two cuts inside and one fit on everything
    if len(parts) > 1 and bench.clock() - began + 2 * needed <= bench.minutes * 60:
        blend = Blend(tuple(settled[c.name] for c in parts))
        bench.progress("try blend", 0, 1)
        _, result = search.judge(blend, split, Judged.of(split), 1)
        bench.progress("try blend", 1, 1)
        settled[blend.name] = blend
        candidates.append(result)
    else:
        search.complete = False
    popular = next(c for c in candidates if c.name == BASELINE)
    rows = [make_row(c, popular, "ndcg", bench.seed) for c in candidates]
    return settled[choice(rows)], rows


def _trial(row: Row) -> Trial:
    return Trial(
        name=row.name,
        settings=row.settings,
        value=row.value,
        low=row.low,
        high=row.high,
        seconds=row.seconds,
        peak_bytes=int(row.peak_mb * 1e6),
        trials=row.trials,
    )


__all__ = ["CANDIDATES", "topn"]
