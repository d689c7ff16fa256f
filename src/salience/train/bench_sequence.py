"""The protocols ``next`` and ``session``: one target per prefix, ranked among all items of the training part.

``next``: of each user's sequence the last item is the test and the second-last the validation part. ``session``: tests
are given as prefixes with their targets; the steps of the newest tenth of the training sessions are for validation.
What `sequence_search` finds best there is fitted again on all but the targets of the test.
Ties are ranked at the middle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from salience.evaluate.sequence import CELLS, Ranks, judge, ranks
from salience.events.fault import InvalidInput
from salience.events.ids import IdMap
from salience.events.interactions import Matrix
from salience.models.model import Floats
from salience.models.sequence import Attention, Sequences
from salience.models.sequence.attention import TOKENS
from salience.models.sequence.model import SequenceModel
from salience.models.topk import best
from salience.train.bench_outcome import Bench, Columns, Outcome, ranked_columns, versions
from salience.train.leaderboard import Skipped
from salience.train.sequence_search import Validation, search
from salience.train.threads import threads_for

JUDGED = 5000  # validation targets: an interval of about a tenth of the metrics seen here
NETWORK_MINUTES = 30
"""Below this nobody waits for a network to be trained twice: for the validation part, and on everything."""
EPOCHS = 16
FEWEST = 1000
STEPS_PER_MINUTE = 80
"""Of the minutes given; two trainings of so many take about half of them on two cores."""
NEWEST = 0.1
LONGEST = 100  # entries of a session that a validation step looks back

UNKNOWN = -1


@dataclass(frozen=True)
class Task:
    """``fit_on`` with validation ``prefixes`` and ``targets``; ``everything`` with the test's. Targets are item codes,
    `UNKNOWN` where the item is not in ``everything``. ``keep_seen``: items of the prefix may be answered again."""

    name: str
    judged_on: str
    k: int
    keep_seen: bool
    fit_on: Sequences
    prefixes: Sequences
    targets: NDArray[np.int32]
    everything: Sequences
    test_prefixes: Sequences
    test_targets: NDArray[np.int32]
    first: tuple[str, NDArray[Any]]
    sizes: dict[str, int]
    holdout: Literal["last", "newest"]


def next_item(
    sequences: Sequence[tuple[str, Sequence[str]]], k: int, bench: Bench, *, keep_seen: bool = False
) -> tuple[Outcome, Columns]:
    """Sequences of (user, items in order): (outcome, columns user, item, rank, score of every user with a test)."""
    long = [(user, items) for user, items in sequences if len(items) > 1]
    if not long:
        raise InvalidInput("sequences", len(sequences), "has no sequence of two or more items", "nothing can be tested")
    known = IdMap.of(item for _, items in sequences for item in (items[:-1] if len(items) > 1 else items))
    everything = Sequences.of([items[:-1] if len(items) > 1 else items for _, items in sequences], known)
    fit_on, targets = everything.without_last()
    chosen = _some(len(targets), bench.seed)
    single = everything.rows(np.flatnonzero(everything.lengths == 1))
    task = Task(
        name="next",
        judged_on="validation: each user's second-last item",
        k=k,
        keep_seen=keep_seen,
        fit_on=_stacked(single, fit_on),
        prefixes=fit_on.rows(chosen),
        targets=targets[chosen],
        everything=everything,
        test_prefixes=Sequences.of([items[:-1] for _, items in long], known),
        test_targets=_codes(known, [items[-1] for _, items in long]),
        first=("user", np.array([user for user, _ in long], dtype=object)),
        sizes={"users": len(sequences), "tests": len(long), "items": len(known), "rows": len(everything.codes)},
        holdout="last",
    )
    return _run(task, bench)


def session(
    train: Sequence[Sequence[str]], tests: Sequence[tuple[Sequence[str], str]], k: int, bench: Bench
) -> tuple[Outcome, Columns]:
    """Sessions, oldest first, and (prefix, target) tests: (outcome, columns row, item, rank, score)."""
    if len(train) < 2 or not tests:
        raise InvalidInput("train", len(train), "needs two sessions or more, and one test or more", "check the files")
    known = IdMap.of(item for items in train for item in items)
    everything = Sequences.of(train, known)
    cut = len(everything) - max(1, int(np.ceil(NEWEST * len(everything))))
    prefixes, targets = everything.rows(slice(cut, None)).steps(LONGEST)
    chosen = _some(len(targets), bench.seed)
    task = Task(
        name="session",
        judged_on=f"validation: steps of the newest {NEWEST:.0%} of the training sessions",
        k=k,
        keep_seen=True,
        fit_on=everything.rows(slice(0, cut)),
        prefixes=prefixes.rows(chosen),
        targets=targets[chosen],
        everything=everything,
        test_prefixes=Sequences.of([prefix for prefix, _ in tests], known),
        test_targets=_codes(known, [target for _, target in tests]),
        first=("row", np.arange(len(tests), dtype=np.int64)),
        sizes={"sessions": len(train), "tests": len(tests), "items": len(known), "rows": len(everything.codes)},
        holdout="newest",
    )
    return _run(task, bench)


def _run(task: Task, bench: Bench) -> tuple[Outcome, Columns]:
    began = bench.clock()
    with threads_for(len(task.everything.items)):
        on = Validation(task.fit_on, task.prefixes, task.targets, task.keep_seen, task.k, task.holdout)
        winner, trial, found = search(on, bench, _network(task, bench.minutes))
        if bench.minutes < NETWORK_MINUTES:
            reason = f"a network takes its time; --minutes {NETWORK_MINUTES} or more"
            found.skipped.append(Skipped(Attention.name, reason))
        bench.progress(f"fit {trial.name}", 0, 1)
        model = winner.fit(task.everything, bench.seed)
        rank, codes, scores = answers(model, task.test_prefixes, task.test_targets, task.k, keep_seen=task.keep_seen)
        bench.progress(f"fit {trial.name}", 1, 1)
    outcome = Outcome(
        task=task.name,
        metric=f"ndcg@{task.k}",
        judged_on=task.judged_on,
        leaderboard=tuple(sorted(found.trials, key=lambda t: -t.value)),
        chosen=trial.name,
        settings=trial.settings,
        metrics=judge(rank, tuple(f"{name}@{task.k}" for name in ("hr", "ndcg", "mrr")), seed=bench.seed),
        totals={},
        sizes=task.sizes,
        seed=bench.seed,
        complete=found.complete,
        seconds=round(bench.clock() - began, 3),
        skipped=tuple(found.skipped),
        versions=versions(),
    )
    return outcome, ranked_columns(task.first, codes, scores, task.everything.items.names)


def _network(task: Task, minutes: float) -> Attention | None:
    """`EPOCHS` over the training part, or as many steps as fit into the minutes on two cores."""
    if minutes < NETWORK_MINUTES:
        return None
    steps = int(np.clip(EPOCHS * len(task.fit_on.codes) / TOKENS, FEWEST, STEPS_PER_MINUTE * minutes))
    return Attention(steps=steps)


def answers(
    model: SequenceModel, prefixes: Sequences, targets: NDArray[np.int32], k: int, *, keep_seen: bool
) -> tuple[Ranks, NDArray[np.int64], Floats]:
    """The rank of each target (infinite if it cannot be answered), and the best ``k`` items with their scores."""
    n, total = len(model.items), len(prefixes)
    rank = np.full(total, np.inf)
    codes, found = np.empty((total, k), np.int64), np.empty((total, k), np.float32)
    step = max(1, min(CELLS // max(1, n), 500))
    for start in range(0, total, step):
        batch = prefixes.rows(slice(start, start + step))
        scores, wanted = model.score(batch), targets[start : start + step]
        seen: Matrix | None = None
        if not keep_seen:
            seen = batch.weighted(np.ones(len(batch.codes), np.float32))
            scores = scores.copy()
            scores[np.repeat(np.arange(len(batch)), np.diff(seen.indptr)), seen.indices] = -np.inf
        own = scores[np.arange(len(batch)), np.maximum(wanted, 0)]
        can = np.flatnonzero((wanted != UNKNOWN) & (own > -np.inf))
        rank[start + can] = ranks(scores[can], wanted[can])
        codes[start : start + step], found[start : start + step] = best(scores, k, leave_out=seen)
    return rank, codes, found


def _some(total: int, seed: int) -> NDArray[np.int64]:
    return np.sort(np.random.default_rng(seed).permutation(total)[:JUDGED])


def _codes(known: IdMap, names: Sequence[str]) -> NDArray[np.int32]:
    return np.array([known.codes.get(name, UNKNOWN) for name in names], dtype=np.int32)


def _stacked(above: Sequences, below: Sequences) -> Sequences:
    """Both tables as one, over the same items."""
    indptr = np.concatenate((above.indptr, above.indptr[-1] + below.indptr[1:]))
    return Sequences(above.items, np.concatenate((above.codes, below.codes)), indptr)


__all__ = ["answers", "next_item", "session"]
