"""The protocol ``cold``: new items, found by what is said of them, and what each kind of content is worth.

Parts and blend are those of `cold_parts`; the weights come from a validation cut of the known items. The ablation
leaves one kind of content out of everything, and chooses the weights again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from salience.evaluate import intervals, ties
from salience.models.text.embedder import TextEmbedder
from salience.train.bench_outcome import Bench, Columns, Cost, Outcome, Scored, Trial, versions
from salience.train.cold_parts import BLENDED, POPULARITY, Scores, blended, parts, weights
from salience.train.cold_world import ColdSplit, ColdWorld, Side, cut

Ablation = tuple[str, Side, tuple[str, ...]]
WITHOUT: tuple[Ablation, ...] = (
    ("blend without fields", Side(fields=False), BLENDED),
    ("blend without words", Side(words=False), ("liked", "similar", "borrowed")),
    ("blend without vectors", Side(), ("liked", "similar", "borrowed")),
    ("blend without the recommender", Side(), ("liked", "similar", "vectors")),
)


def cold(
    world: ColdWorld, bench: Bench, *, k: int = 10, seen: int = 0, embedder: TextEmbedder | None = None
) -> tuple[Outcome, Columns]:
    """(outcome, columns user, item, rank, score of the blend). ``compared``: popularity, parts, then the ablation."""
    began = bench.clock()
    test = cut(world, seen=seen, seed=bench.seed)
    valid = cut(test.world, seen=seen, seed=bench.seed + 1)
    with bench.meter() as cost:
        judged, told = (parts(split, Side(), seed=bench.seed, embedder=embedder) for split in (valid, test))
        chosen = weights(judged, BLENDED, valid.wanted, k)
        ours = blended(told, chosen)
    best = ties.ndcg(ours, test.wanted, k)
    bench.progress("cold", 1, len(WITHOUT) + 1)
    tried = [_trial(name, {}, score, valid, k, bench.seed, Cost()) for name, score in judged.items()]
    tried.append(_trial("blend", dict(chosen), blended(judged, chosen), valid, k, bench.seed, cost))
    compared = [_scored(name, {}, score, test, best, k, bench.seed, Cost()) for name, score in told.items()]
    for number, (name, side, names) in enumerate(WITHOUT, 2):
        if _says(test, Side()) > _says(test, side) > 0 or (side == Side() and set(names) & set(told) < set(told)):
            with bench.meter() as own:
                both = [parts(split, side, seed=bench.seed, embedder=embedder) for split in (valid, test)]
                how = weights(both[0], names, valid.wanted, k)
            compared.append(_scored(name, dict(how), blended(both[1], how), test, best, k, bench.seed, own))
        bench.progress("cold", number, len(WITHOUT) + 1)
    base = ties.ndcg(told[POPULARITY], test.wanted, k)
    outcome = Outcome(
        task="cold", metric=f"ndcg@{k}", judged_on="validation: a fifth of the known items, as if they were new",
        leaderboard=tuple(sorted(tried, key=lambda t: -t.value)), chosen="blend", settings=dict(chosen),
        metrics={f"ndcg@{k}": intervals.mean(best, seed=bench.seed),
                 "lift over popularity": intervals.lift(best, base, seed=bench.seed)},
        totals={},
        sizes={"users": len(test.users), "known items": len(test.known_cards), "new items": len(test.new_cards),
               "seen of each": seen, "asked for": int(test.wanted.sum())},
        seed=bench.seed, complete=True, seconds=round(bench.clock() - began, 3), versions=versions(),
        compared=tuple(compared),
    )  # fmt: skip
    return outcome, _columns(test, ours, k)


def _says(split: ColdSplit, side: Side) -> int:
    """How many of the new items still have something said of them, and how much of it is left: a size to compare."""
    _, new = split.cards(side)
    return sum(len(c.title) + len(c.text) + len(c.categories) + len(c.attributes) + (c.price is not None) for c in new)


def _trial(
    name: str, settings: Mapping[str, Any], score: Scores, split: ColdSplit, k: int, seed: int, cost: Cost
) -> Trial:
    found = intervals.mean(ties.ndcg(score, split.wanted, k), seed=seed)
    return Trial(name=name, settings=dict(settings), value=found.value, low=found.low, high=found.high,
                 seconds=round(cost.seconds, 3), peak_bytes=cost.peak_bytes)  # fmt: skip


def _scored(
    name: str,
    settings: Mapping[str, Any],
    score: Scores,
    split: ColdSplit,
    best: NDArray[np.float64],
    k: int,
    seed: int,
    cost: Cost,
) -> Scored:
    values = ties.ndcg(score, split.wanted, k)
    return Scored(
        name=name, settings=dict(settings), metrics={f"ndcg@{k}": intervals.mean(values, seed=seed)},
        behind=intervals.difference(best, values, seed=seed), seconds=round(cost.seconds, 3),
        peak_bytes=cost.peak_bytes,
    )  # fmt: skip


def _columns(split: ColdSplit, score: Scores, k: int) -> Columns:
    top = min(k, score.shape[1])
    best = np.argsort(-score, axis=1, kind="stable")[:, :top]
    names = np.array(split.new_names, dtype=object)
    users = np.array([split.train.users.names[code] for code in split.users], dtype=object)
    return {
        "user": np.repeat(users, top),
        "item": names[best.ravel()],
        "rank": np.tile(np.arange(1, top + 1, dtype=np.int32), len(users)),
        "score": np.take_along_axis(score, best, axis=1).ravel().astype(np.float32),
    }
