"""Which parts a blend of sequence models should have, found out on one validation part.

Every part is fitted once without the validation targets, and its evidence for them kept; everything after that is a
choice among columns, so a subset of the parts costs a regression and not a fit:

    1. `PARTS`, then `Detours`, then the network if it is asked for, then settings drawn from the spaces while the share
       `DRAWING` of the minutes lasts; of each algorithm the best drawn setting stays
    2. the default parts are the start; each further part is taken if the blend with it makes the held-out half of the
       targets likelier (both halves in turn), by more than the standard error of the gain
    3. the same decides how strongly the weights are held at 0
    4. the weights are learned once more, on all the validation targets

A likelihood of every target says more than hits among the first k, so a thousand targets are enough to choose by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.evaluate.intervals import mean
from salience.evaluate.sequence import Ranks, gains
from salience.events.fault import InvalidInput
from salience.events.interactions import Matrix
from salience.models.sequence import PARTS, Attention, Blend, Detours, Neighbours, Sequences, Transitions, Trends
from salience.models.sequence.blend import (
    BATCH,
    Blended,
    Examples,
    Weights,
    candidates,
    features,
    joined,
    learn,
    lengths_of,
    standardised,
)
from salience.models.sequence.model import SequenceAlgorithm, SequenceModel
from salience.models.sequence.repeats import latest
from salience.train.bench_outcome import Bench, Trial
from salience.train.leaderboard import Skipped

DRAWN = 24
DRAWING = 0.3
FURTHER: tuple[type[SequenceAlgorithm], ...] = (Trends, Transitions, Neighbours)
HELD = (30.0, 10.0, 100.0)
"""l2 of the weights; the first unless another is likelier."""
LEAST = 20  # validation targets, below which nothing can be learned from halves


@dataclass(frozen=True)
class Validation:
    """``fit_on`` with ``prefixes`` and their ``targets``; ``holdout`` names the cut, as `Blend` does."""

    fit_on: Sequences
    prefixes: Sequences
    targets: NDArray[np.int32]
    keep_seen: bool
    k: int
    holdout: Literal["last", "newest"]


@dataclass(frozen=True)
class Winner:
    """The best candidate: ``weights`` of a blend (and the ``length`` they go with), or one algorithm alone."""

    algorithm: SequenceAlgorithm
    weights: Weights | None
    length: NDArray[np.float64]

    def fit(self, sequences: Sequences, seed: int) -> SequenceModel:
        """Fit on everything; the weights stay."""
        if not isinstance(self.algorithm, Blend) or self.weights is None:
            return self.algorithm.fit(sequences, seed=seed)
        parts = tuple(part.fit(sequences, seed=seed) for part in self.algorithm.parts)
        return Blended(sequences.items, parts, self.weights, self.length, settings=self.algorithm.settings())


@dataclass
class Search:
    """What was tried so far: a trial and a feature (prefixes, items) per algorithm."""

    on: Validation
    bench: Bench
    began: float
    trials: list[Trial] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    complete: bool = True
    tried: list[SequenceAlgorithm] = field(default_factory=list)
    columns: list[Matrix] = field(default_factory=list)

    def add(self, algorithm: SequenceAlgorithm) -> None:
        """Fit it, keep its evidence, judge it alone."""
        try:
            with self.bench.meter() as cost:
                model = algorithm.fit(self.on.fit_on, seed=self.bench.seed)
                starts = range(0, max(len(self.on.prefixes), 1), BATCH)
                batches = [features((model,), self.on.prefixes.rows(slice(s, s + BATCH)))[0] for s in starts]
                column = sparse.csr_array(sparse.vstack(batches, format="csr"))
        except InvalidInput as fault:
            self.skipped.append(Skipped(algorithm.name, str(fault)))
            return
        self.tried.append(algorithm)
        self.columns.append(column)
        rank = ranked(column, self.on)
        self.trials.append(
            judged(algorithm, rank, self.on.k, self.bench.seed, seconds=cost.seconds, peak_bytes=cost.peak_bytes)
        )
        self.bench.progress(f"try {algorithm.name}", len(self.tried), len(PARTS) + 1 + DRAWN)


def search(on: Validation, bench: Bench, network: Attention | None) -> tuple[Winner, Trial, Search]:
    """The winner, its trial, and the whole record."""
    found = Search(on, bench, bench.clock())
    for algorithm in (*PARTS, Detours(), *([network] if network else ())):
        found.add(algorithm)
    offered = [place for place, algorithm in enumerate(found.tried) if algorithm not in PARTS]
    for number, algorithm in enumerate(drawn(bench.seed)):
        if bench.clock() - found.began > bench.minutes * 60 * DRAWING:
            found.complete = number >= DRAWN
            break
        found.add(algorithm)
    late = range(len(PARTS) + len(offered), len(found.tried))
    for kind in FURTHER:
        own = [place for place in late if isinstance(found.tried[place], kind)]
        if own:
            offered.append(max(own, key=lambda place: found.trials[place].value))
    blend, weights, rank, cost = _blended(found, offered)
    trial = judged(blend, rank, on.k, bench.seed, seconds=cost, peak_bytes=0)
    best = max(range(len(found.trials)), key=lambda place: found.trials[place].value)
    length = lengths_of(on.prefixes)
    alone = found.trials[best]
    found.trials.append(trial)
    if len(on.targets) and alone.value > trial.value:
        return Winner(found.tried[best], None, length), alone, found
    return Winner(blend, weights, length), trial, found


def drawn(seed: int) -> list[SequenceAlgorithm]:
    """`DRAWN` settings, one of each algorithm of `FURTHER` after the other, each drawn evenly from its space."""
    rng = np.random.default_rng(seed)
    rows = []
    for kind in FURTHER:
        every = list(product(*kind.space.values()))
        chosen = rng.permutation(len(every))[: DRAWN // len(FURTHER)]
        rows.append([kind(**dict(zip(kind.space, every[place], strict=True))) for place in chosen])
    most = max(map(len, rows))
    turns = [row[turn] for turn in range(most) for row in rows if turn < len(row)]
    return [algorithm for algorithm in turns if algorithm not in PARTS]


def _blended(found: Search, offered: Sequence[int]) -> tuple[Blend, Weights, Ranks, float]:
    """Steps 2 to 4 of the module: the blend, its weights, the cross-fitted ranks of the targets, the seconds."""
    began, on = found.bench.clock(), found.on
    chosen = [place for place, algorithm in enumerate(found.tried) if algorithm in PARTS]
    l2 = HELD[0]
    examples = _examples(found, [*chosen, *offered])
    width = len(chosen) + len(offered)
    length = standardised(on.prefixes, lengths_of(on.prefixes))
    steps = np.unique(examples.step)
    weights = np.ones((2, len(chosen) + 2), dtype=np.float32)
    rank: Ranks = np.full(len(on.targets), np.inf)
    taken = list(range(len(chosen)))
    if len(steps) >= LEAST:
        half = np.random.default_rng(found.bench.seed).random(len(on.targets)) < 0.5
        logs, rank = crossed(_only(examples, taken), length, half, l2)
        for place in range(len(chosen), width):
            wider, ranks = crossed(_only(examples, [*taken, place]), length, half, l2)
            if likelier(wider[steps] - logs[steps]):
                logs, rank, taken = wider, ranks, [*taken, place]
            found.bench.progress("blend", place + 1, width + len(HELD))
        for held in HELD[1:]:
            other, ranks = crossed(_only(examples, taken), length, half, held)
            if likelier(other[steps] - logs[steps]):
                logs, rank, l2 = other, ranks, held
    if len(steps):
        weights = learn(_only(examples, taken), length, l2)
    order = [*chosen, *offered]
    parts = tuple(found.tried[order[place]] for place in taken)
    return Blend(parts, holdout=on.holdout, l2=l2), weights, rank, found.bench.clock() - began


def likelier(gain: NDArray[np.float64]) -> bool:
    """Whether a gain per target is more than its own standard error.

    >>> likelier(np.array([0.2, 0.1, 0.3])), likelier(np.array([2.0, -1.9, 0.0]))
    (True, False)
    """
    return bool(gain.mean() > gain.std() / np.sqrt(len(gain)))


def crossed(examples: Examples, length: Weights, half: NDArray[np.bool_], l2: float) -> tuple[Ranks, Ranks]:
    """Of each target, by weights learned on the other half: its log-likelihood and its rank; (targets,) each."""
    logs, rank = np.zeros(len(half)), np.full(len(half), np.inf)
    for judge in (half, ~half):
        mine = judge[examples.step]
        if mine.all() or not mine.any():
            continue
        u, v = learn(_rows(examples, ~mine), length, l2)
        held = _rows(examples, mine)
        score = held.values @ u + (held.values @ v) * length[held.step]
        start = np.flatnonzero(np.diff(held.step, prepend=-1))
        sizes = np.diff(np.append(start, len(score)))
        own = score[held.target]
        each = np.repeat(own, sizes)
        above = np.add.reduceat((score > each) + 0.5 * ((score == each) & ~held.target), start)
        rank[held.step[start]] = 1 + above
        full = score + held.stands_for
        top = np.maximum.reduceat(full, start)
        total = np.add.reduceat(np.exp(full - np.repeat(top, sizes)), start)
        logs[held.step[start]] = own - np.log(total) - top
    return logs, rank


def ranked(column: Matrix, on: Validation) -> Ranks:
    """The rank of each target by one part's evidence; infinite where it has none for it."""
    if not len(on.targets):
        return np.empty(0)
    open_ = column if on.keep_seen else _without(column, on.prefixes)
    rows = np.arange(len(on.targets))
    own = np.asarray(open_[rows, on.targets]).ravel()
    row = np.repeat(rows, np.diff(open_.indptr))
    above = (open_.data > own[row]) + 0.5 * (open_.data == own[row])
    rank = 0.5 + np.bincount(row, weights=above, minlength=len(rows))
    return np.where(own > 0, rank, np.inf)


def judged(algorithm: SequenceAlgorithm, rank: Ranks, k: int, seed: int, *, seconds: float, peak_bytes: int) -> Trial:
    """A line of the leaderboard."""
    value = mean(gains(rank, f"ndcg@{k}"), seed=seed) if len(rank) else None
    return Trial(
        name=algorithm.name,
        settings=algorithm.settings(),
        value=value.value if value else 0.0,
        low=value.low if value else 0.0,
        high=value.high if value else 0.0,
        seconds=round(seconds, 3),
        peak_bytes=peak_bytes,
    )


def _examples(found: Search, places: Sequence[int]) -> Examples:
    """The candidates by all ``places`` together; what may not be answered is none."""
    on, rng = found.on, np.random.default_rng(found.bench.seed)
    pieces = []
    for start in range(0, len(on.targets), BATCH):
        stop = min(start + BATCH, len(on.targets))
        counts, _ = latest(on.prefixes.rows(slice(start, stop)))
        seen = [np.ones_like(counts.data), np.log(counts.data)]
        own = [found.columns[place][start:stop] for place in places]
        own += [sparse.csr_array((data, counts.indices, counts.indptr), shape=counts.shape) for data in seen]
        piece = candidates(own, on.targets[start:stop], rng)
        pieces.append(piece._replace(step=piece.step + start))
    if not pieces:
        nothing = np.empty(0)
        values = np.empty((0, len(places) + 2), np.float32)
        return Examples(values, nothing.astype(np.int64), nothing.astype(bool), nothing.astype(np.float32))
    examples = joined(pieces)
    if on.keep_seen:
        return examples
    closed = examples.values[:, -2] > 0
    impossible = np.zeros(len(on.targets), dtype=bool)
    impossible[examples.step[closed & examples.target]] = True
    return _rows(examples, ~closed & ~impossible[examples.step])


def _rows(examples: Examples, keep: NDArray[np.bool_]) -> Examples:
    return Examples(examples.values[keep], examples.step[keep], examples.target[keep], examples.stands_for[keep])


def _only(examples: Examples, taken: Sequence[int]) -> Examples:
    width = examples.values.shape[1]
    return examples._replace(values=examples.values[:, [*taken, width - 2, width - 1]])


def _without(column: Matrix, prefixes: Sequences) -> Matrix:
    seen = prefixes.weighted(np.ones(len(prefixes.codes), dtype=np.float32))
    seen.data[:] = 1
    left: Matrix = (column - column * seen).tocsr()
    return left
