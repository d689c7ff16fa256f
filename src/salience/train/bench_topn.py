"""The protocol ``topn``: rank all items that a user did not have; the held-out ones should stand among the first k.

The settings of every recommender are searched on validation cuts (see `halving`), the best few are joined (see
`hybrids`), and whichever is best there is fitted again on everything but the test part. Ties of scores are broken by
the fixed pseudo-random order of `models.topk`. If there is a test part, a tuned EASE, item-kNN and iALS are judged on
it too, fitted on the same rows as the winner, because a table means little without them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from salience.evaluate.intervals import Interval, difference, mean
from salience.evaluate.segments import activity, by_segment
from salience.events.fault import InvalidInput
from salience.events.ids import IdMap
from salience.events.interactions import Interactions, Matrix
from salience.models import ALGORITHMS, HEAVIER
from salience.models.cold.content import Content
from salience.models.factors.als import ALS
from salience.models.graph.linked import around
from salience.models.hybrid.blend import Blend
from salience.models.hybrid.candidate_stack import CandidateStack
from salience.models.hybrid.held_out import Part, cuts
from salience.models.hybrid.hybrid import Hybrid
from salience.models.hybrid.stack import Stack
from salience.models.item_weights import ItemWeights
from salience.models.linear.ease import EASE
from salience.models.model import Algorithm, Model
from salience.models.neighbours.item_knn import ItemKNN
from salience.models.popularity import Popularity
from salience.train.bench_outcome import Bench, Columns, Outcome, Scored, Trial, ranked_columns, versions
from salience.train.halving import Halving, PerPerson, Tried
from salience.train.hybrids import Joined, Joiner
from salience.train.leaderboard import BASELINE
from salience.train.linking import BesideFriends, WithLinks, linked_users
from salience.train.ranked import Asked, Histories, judged, recommended, table, together
from salience.train.threads import threads_for

Friends: TypeAlias = Sequence[tuple[str, str]]

COMPARED = (EASE, ItemKNN, ALS)
CANDIDATES: tuple[type[Algorithm], ...] = tuple(
    kind for kind in (*ALGORITHMS, *HEAVIER) if kind is not Content and not issubclass(kind, Hybrid)
)
HELD = 0.2
JUDGED = 4_000  # histories, and people of the test part that rivals are compared on. More cuts are made until ...
CUTS = 3  # ... there are so many, or this many cuts
PARTS = 8
ALIKE = 4  # parts that are all a matrix of items by items: a blend lives from what its parts see differently
HALF = 0.5  # of the best value: what has less adds nothing to a blend
SPARE = 0.85  # of the minutes left may be planned away


def topn(
    train: Histories, valid: Histories, test: Histories, k: int, bench: Bench, friends: Friends = ()
) -> tuple[Outcome, Columns]:
    """Choose, fit, recommend ``k`` items to everybody in any part: (outcome, columns user, item, rank, score).

    ``valid`` and ``test`` may be empty. Items that occur in the test part only cannot be recommended, but count as
    relevant. What a user has in ``train`` or ``valid`` is neither recommended nor asked for. ``friends``: pairs of
    users, the second is a friend of the first.
    """
    began = bench.clock()
    items = IdMap.of(item for part in (train, valid) for history in part.values() for item in history)
    users = IdMap.of(user for part in (train, valid, test) for user in part)
    if not len(items):
        raise InvalidInput("train", 0, "has no items", "give a file with lines `user item item ...`")
    if test and not any(_new(valid, _new(train, test)).values()):  # before minutes are spent
        raise InvalidInput("test", len(test), "holds nothing that its users did not have in train", "check the files")
    everything = table(users, items, train, valid)
    parts, fresh, rule = _validation(users, items, everything, train, valid, bench.seed)
    search = Halving(parts, k, bench, frozenset(kind.name for kind in COMPARED))
    tried = search.run(CANDIDATES) if len(search.people) else []
    links = linked_users(users, friends) if friends else None
    finals, joined = _finals(search, fresh, tried, began, links) if tried else ([], [])
    chosen = _chosen(finals or tried, bench.seed)
    how = next((one for one in joined if one.tried is chosen), None)
    popular = Popularity().fit(everything)
    with threads_for(len(items)):
        bench.progress(f"fit {chosen.algorithm.name}", 0, 1)
        model = _fitted(chosen.algorithm, how, everything, bench.seed)
        near = around(everything.matrix, links) if links is not None and isinstance(model, BesideFriends) else None
        codes, scores = recommended(model, popular, everything.matrix, k, near)
        bench.progress(f"fit {chosen.algorithm.name}", 1, 1)
    asked = Asked.of(everything, users, items, test) if test else None
    values = judged(codes, asked) if asked else {}

    def compared(one: Tried, some: NDArray[np.int64], few: Asked) -> Scored:
        with threads_for(len(items)), bench.meter() as cost:
            model = one.algorithm.fit(everything, seed=bench.seed)
            found, _ = recommended(model, popular, everything.matrix[few.who], k)
        own = judged(found, replace(few, who=np.arange(len(found))))
        bench.progress(f"judge {one.algorithm.name}", 1, 1)
        return Scored(
            name=one.algorithm.name,
            settings=one.algorithm.settings(),
            metrics={f"{name}@{k}": mean(per_user, seed=bench.seed) for name, per_user in own.items()},
            behind=difference(values["ndcg"][some], own["ndcg"], seed=bench.seed),
            seconds=round(cost.seconds, 3),
            peak_bytes=cost.peak_bytes,
        )

    names = {kind.name for kind in COMPARED}
    rivals = [one for one in tried if one.algorithm.name in names and one.algorithm != chosen.algorithm]
    others = [compared(one, *asked.some(JUDGED, bench.seed)) for one in rivals] if asked else []
    rows = sorted(finals or tried or [chosen], key=lambda row: -row.value)
    rows += [one for one in tried if one.algorithm not in {row.algorithm for row in rows}]
    outcome = Outcome(
        task="topn",
        metric=f"ndcg@{k}",
        judged_on=f"validation: {rule}",
        leaderboard=tuple(_trial(row, bench.seed) for row in rows),
        chosen=chosen.algorithm.name,
        settings={**chosen.algorithm.settings(), **_weights(how)},
        metrics={f"{name}@{k}": mean(per_user, seed=bench.seed) for name, per_user in values.items()},
        totals=together(codes, asked, values, everything.matrix, k) if asked else {},
        sizes={"users": len(users), "items": len(items), "rows": everything.matrix.nnz},
        seed=bench.seed,
        complete=search.complete,
        seconds=round(bench.clock() - began, 3),
        skipped=tuple(search.skipped),
        versions=versions(),
        compared=tuple(others),
        segments=_segments(asked, values, everything.matrix, k, bench.seed) if asked else {},
    )
    people = np.array(users.names, dtype=object)
    return outcome, ranked_columns(("user", people), codes, scores, items.names)


def _segments(
    asked: Asked, values: Mapping[str, PerPerson], seen: Matrix, k: int, seed: int
) -> dict[str, dict[str, Interval]]:
    """NDCG and recall apart for short and long histories."""
    groups = activity(seen[asked.who])
    return {f"{name}@{k}": by_segment(values[name], groups, seed=seed) for name in ("ndcg", "recall")}


def _validation(
    users: IdMap, items: IdMap, everything: Interactions, train: Histories, valid: Histories, seed: int
) -> tuple[list[Part], list[Part], str]:
    """The parts to search by and those to judge the finalists by; without people where nothing could be held out."""
    if valid:
        known = table(users, items, train)
        wanted = table(users, items, _new(train, valid)).matrix
        people = np.flatnonzero(np.diff(wanted.indptr))
        given = [Part(known, people, known.matrix[people], wanted[people])]
        return given, given, "the given validation file"
    some = int((np.diff(everything.matrix.indptr) > 1).sum())
    folds = min(CUTS, max(1, round(JUDGED / max(some, 1))))
    rule = f"each user's random {HELD:.0%} of the training part" + (f", {folds} times" if folds > 1 else "")
    made = cuts(everything, 2 * folds, HELD, seed)
    return made[:folds], made[folds:], rule + "; finalists on cuts that the search has not seen"


def _new(before: Histories, after: Histories) -> Histories:
    """What is in ``after`` and was not in ``before``."""
    had = {user: set(history) for user, history in before.items()}
    return {user: [item for item in own if item not in had.get(user, ())] for user, own in after.items()}


def _finals(
    search: Halving, fresh: Sequence[Part], tried: Sequence[Tried], began: float, links: Matrix | None
) -> tuple[list[Tried], list[Joined]]:
    """Popularity, the best few and their hybrids, judged on ``fresh`` cuts; nothing where less than two can be joined.

    The best settings of a search owe a part of their value to luck with its cuts, and the more were tried, the more. A
    blend that learned on the same cuts would give that luck a weight.
    """
    best = [one for one in tried if one.algorithm.name != BASELINE and one.value >= HALF * tried[0].value]
    left = SPARE * (search.bench.minutes * 60 - (search.bench.clock() - began))
    parts: list[Tried] = []
    for one in _unlike(best):
        needed = one.seconds * (len(search.cuts) + 1)
        if needed > left:
            search.complete = False
            continue
        left -= needed
        parts.append(one)
    if len(parts) < 2:
        return [], []
    final = Halving(fresh, search.k, search.bench)
    algorithms = tuple(one.algorithm for one in parts)
    joiner = Joiner(final, algorithms)
    kinds: list[Hybrid] = [Blend(algorithms, k=search.k)]
    if links is not None:
        kinds.append(WithLinks(algorithms, k=search.k, links=links))
    if joiner.lengths:
        kinds.append(Stack(algorithms))
        kinds.append(CandidateStack(algorithms, trees=0))
        if find_spec("lightgbm"):
            kinds.append(CandidateStack(algorithms))
    joined: list[Joined] = []
    for kind in kinds:
        if joined and search.bench.clock() - began > search.bench.minutes * 60:
            search.complete = False
            break
        plain = type(kind) in (Blend, Stack)  # whose features the joiner has made already
        joined.append(joiner.join(kind, None if plain else joiner.made(kind)))
    alone = [replace(one, values=values) for one, values in zip(parts, joiner.alone(), strict=True)]
    return [final.tried(Popularity()), *alone, *(one.tried for one in joined)], joined


def _unlike(best: Sequence[Tried]) -> list[Tried]:
    """The best `PARTS`, of whom at most `ALIKE` are matrices of items by items."""
    kept: list[Tried] = []
    matrices = 0
    for one in best:
        is_matrix = one.algorithm.fits is ItemWeights
        if len(kept) < PARTS and (not is_matrix or matrices < ALIKE):
            kept.append(one)
            matrices += is_matrix
    return kept


def _chosen(rows: Sequence[Tried], seed: int) -> Tried:
    """The best, if it beats popularity beyond doubt; else popularity."""
    if not rows:
        return Tried(Popularity(), np.zeros(1), 0.0, 0)
    popular = next(row for row in rows if row.algorithm.name == BASELINE)
    leader = max(rows, key=lambda row: row.value)
    return leader if difference(leader.values, popular.values, seed=seed).low > 0 else popular


def _fitted(algorithm: Algorithm, joined: Joined | None, data: Interactions, seed: int) -> Model | BesideFriends:
    if joined is None or not isinstance(algorithm, Hybrid):
        return algorithm.fit(data, seed=seed)
    models = [part.fit(data, seed=seed) for part in algorithm.parts]
    if isinstance(algorithm, WithLinks):
        return algorithm.beside(models, data, joined.how)
    return algorithm.joined(models, data, joined.how)


def _weights(joined: Joined | None) -> Mapping[str, Any]:
    if joined is None or "weights" not in joined.how:
        return {}
    return {"weights": np.round(joined.how["weights"].astype(np.float64), 4).tolist()}


def _trial(row: Tried, seed: int) -> Trial:
    found = mean(row.values, seed=seed)
    return Trial(
        name=row.algorithm.name,
        settings=row.algorithm.settings(),
        value=found.value,
        low=found.low,
        high=found.high,
        seconds=round(row.seconds, 3),
        peak_bytes=row.peak_bytes,
        trials=row.trials,
    )


__all__ = ["CANDIDATES", "topn"]
