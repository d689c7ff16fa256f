"""Check 28: rows of 50 out of 1,000: how long, whether each step is the best there is, what calibration brings."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from salience.recommend.dpp import Dpp
from salience.recommend.floors import Floors
from salience.recommend.mmr import Mmr
from salience.recommend.row import Criterion, _greedy
from salience.recommend.shares import SMOOTH, Shares
from tests.checks.figure import Check, Figure, Size, at_least, at_most

N, K, WIDTH = 1_000, 50, 64
STRENGTHS = (0.0, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.99)
Values = NDArray[np.float64]


def shop(rng: np.random.Generator, n: int) -> tuple[Values, Values]:
    """(relevance, (n,); unit vectors, (n, 64)), some items alike."""
    centres = rng.normal(size=(20, WIDTH))
    vectors = centres[rng.integers(20, size=n)] + 0.7 * rng.normal(size=(n, WIDTH))
    return rng.random(n), vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def row(r: Values, criteria: list[tuple[float, Criterion]], k: int) -> list[int]:
    """The row of the product, without floors."""
    return _greedy(r, criteria, Floors([], [], k), k)


def times(size: Size) -> Iterator[Figure]:
    """The kernel is made anew each time."""
    r, vectors = shop(np.random.default_rng(0), N)
    for name, kind in (("MMR", Mmr), ("DPP", Dpp)):
        spent, used = [], []
        for _ in range(5 if size == "quick" else 50):
            began, cpu = time.perf_counter(), time.thread_time()
            _ranked(r, vectors, kind)
            spent.append(1000 * (time.perf_counter() - began))
            used.append(1000 * (time.thread_time() - cpu))
        note = f"best {min(spent):.2f}; of this thread's processor {np.median(used):.2f}"
        yield at_most(
            f"{K} of {N:,} by {name}, kernel included, ms at the median", float(np.median(spent)), 5.0, note=note
        )


def _ranked(r: Values, vectors: Values, kind: Callable[[Values], Criterion]) -> list[int]:
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, 1.0)
    return row(r, [(0.5, kind(alike))], K)


def steps(size: Size) -> Iterator[Figure]:
    """Among 12 items each step takes what the definition, worked out anew for every item, says is the best."""
    worlds, right, all_steps = 20 if size == "quick" else 500, 0, 0
    for seed in range(worlds):
        r, vectors = shop(np.random.default_rng(seed), 12)
        alike = np.maximum(vectors @ vectors.T, 0.0)
        order = row(r, [(0.4, Mmr(alike))], 12)
        for at in range(12):
            left = [item for item in range(12) if item not in order[:at]]
            value = {
                item: 0.6 * r[item] - 0.4 * max((alike[item, other] for other in order[:at]), default=0.0)
                for item in left
            }
            right += value[order[at]] >= max(value.values()) - 1e-12
            all_steps += 1
    yield at_least("MMR steps that are the best by trying all", right / all_steps, 1.0, runs=all_steps)


def mixes(size: Size) -> Iterator[Figure]:
    """The divergence from what the person takes, as calibration weighs more."""
    worlds, k, rises = 10 if size == "quick" else 100, 20, 0
    worst, gained = 0.0, []
    for seed in range(worlds):
        rng = np.random.default_rng(seed)
        r, taste = np.sort(rng.random(200))[::-1], rng.dirichlet(np.ones(6))
        mix = np.eye(6)[rng.choice(6, size=200, p=rng.dirichlet(np.ones(6)))]
        found = [_divergence(mix[row(r, [(w, Shares(mix, taste))] if w else [], k)], taste) for w in STRENGTHS]
        rise = max(after - before for before, after in pairwise(found))
        rises, worst = rises + (rise > 1e-9), max(worst, rise)
        gained.append(found[-1] / found[0])
    note = (
        f"largest rise {max(worst, 0):.4f}; at {STRENGTHS[-1]:g} the divergence is {np.mean(gained):.2f} of the first"
    )
    yield at_most("worlds in which more calibration diverges more", rises / worlds, 0.0, runs=worlds, note=note)


def _divergence(mix: Values, p: Values) -> float:
    q = (1 - SMOOTH) * mix.mean(0) + SMOOTH * p
    return float((p * np.log(p / q)).sum())


CHECKS = (
    Check(28, "rows: time", times, fast=False),
    Check(28, "rows: each step of MMR", steps),
    Check(28, "rows: calibration", mixes, fast=False),
)
