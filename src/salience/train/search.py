"""Find each algorithm's best settings on a validation split: a seeded grid, halved once on a sample of the users.

How many trials there are is decided *before* the first one runs, from ``minutes`` and a nominal cost of a trial
(`SECONDS_PER_ROW` x rows), not from how fast this machine happens to be; so the same seed gives the same answer. The
clock is only a brake: past ``minutes`` no further trial starts, and the result says that it was cut
(`Search.complete`).

Successive halving (Jamieson and Talwalkar 2016), two rungs: where an algorithm has more than `FEW` settings and
there are enough users, all settings are tried on a third of the users, and the best third of them on all users.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from itertools import product
from typing import TypeAlias

import numpy as np

from salience.evaluate.evaluator import Judged, evaluate
from salience.evaluate.split import Split
from salience.events.fault import InvalidInput
from salience.events.interactions import Interactions
from salience.models.model import Algorithm, Model
from salience.train.leaderboard import BASELINE, Candidate, Skipped
from salience.train.threads import threads_for

Clock: TypeAlias = Callable[[], float]
Progress: TypeAlias = Callable[[str, int, int], None]

SECONDS_PER_ROW = 1 / 50_000
KEEP = 3
FEW = 7  # settings that are all tried on everybody: halving would save nothing
LEAST_USERS = 600  # halving on a third of fewer than these would choose by noise


@dataclass
class Search:
    """One search: what it may spend and what it found. ``k`` and ``metric`` are those by which settings are ranked."""

    metric: str
    k: int
    seed: int
    minutes: float
    clock: Clock
    progress: Progress
    began: float = field(init=False)
    done: int = 0
    planned: int = 0
    complete: bool = True
    skipped: list[Skipped] = field(default_factory=list)
    found: list[Candidate] = field(default_factory=list)
    popular: Model | None = None

    def __post_init__(self) -> None:
        self.began = self.clock()

    def run(self, split: Split, algorithms: Sequence[type[Algorithm]]) -> list[Candidate]:
        """The best settings of each algorithm, in the order given; popularity first, for it also answers cold users."""
        ordered = sorted(algorithms, key=lambda algorithm: algorithm.name != BASELINE)
        plans = {a: plan(a, split.train, self.minutes, len(ordered), self.seed) for a in ordered}
        self.planned = sum(len(settings) for settings in plans.values())
        judged = Judged.of(split)
        sample = _third(split, self.seed)
        for algorithm, settings in plans.items():
            self._search(algorithm, settings, split, judged, sample)
        return self.found

    def _search(
        self, algorithm: type[Algorithm], settings: list[Algorithm], split: Split, judged: Judged, sample: Split | None
    ) -> None:
        trials = len(settings)
        try:
            if sample is not None and trials > FEW:
                settings = self._halved(algorithm, settings, sample)
            tried = list(self._trials(algorithm, settings, split, judged, trials))
        except InvalidInput as fault:
            self.skipped.append(Skipped(algorithm.name, str(fault)))
            return
        model, best = max(tried, key=lambda trial: trial[1].result.mean(self.metric))  # the first of the best
        self.found.append(best)
        if algorithm.name == BASELINE:
            self.popular = model

    def _halved(self, algorithm: type[Algorithm], settings: list[Algorithm], sample: Split) -> list[Algorithm]:
        """The best third of the settings on the sample, at least `KEEP`, in their old order."""
        tried = list(self._trials(algorithm, settings, sample, Judged.of(sample), 0))
        values = np.array([candidate.result.mean(self.metric) for _, candidate in tried])
        kept = np.sort(np.argsort(-values, kind="stable")[: max(KEEP, len(settings) // 3)])
        self.planned += len(kept)
        return [settings[number] for number in kept]

    def _trials(
        self, algorithm: type[Algorithm], settings: Sequence[Algorithm], split: Split, judged: Judged, trials: int
    ) -> Iterator[tuple[Model, Candidate]]:
        """Fit, evaluate and measure one setting after the other, until the time is up.

        Memory is measured in the first trial only, which also pays for what the settings share: to trace every
        allocation costs half as much again as an algorithm of many small ones itself.
        """
        models = algorithm.fit_each(settings, split.train, seed=self.seed)
        first: float | None = None
        for number, setting in enumerate(settings):
            if number and self._late():  # the first of each algorithm, its defaults, is always tried
                return
            began = self.clock()
            measured = _memory() if first is None else nullcontext([first])
            with threads_for(len(split.train.items)), measured as peak:
                model = next(models)
                result = evaluate(model, split, self.k, fallback=self.popular or model, judged=judged)
            first, seconds = peak[0], self.clock() - began
            yield model, Candidate(setting.name, setting.settings(), result, seconds, first, trials)
            self._step(algorithm.name)

    def judge(self, setting: Algorithm, split: Split, judged: Judged, trials: int) -> tuple[Model, Candidate]:
        """One fit and evaluation, whatever the clock says."""
        began = self.clock()
        with threads_for(len(split.train.items)), _memory() as peak:
            model = setting.fit(split.train, seed=self.seed)
            result = evaluate(model, split, self.k, fallback=self.popular or model, judged=judged)
        seconds = self.clock() - began
        return model, Candidate(setting.name, setting.settings(), result, seconds, peak[0], trials)

    def _late(self) -> bool:
        late = self.clock() - self.began > self.minutes * 60
        if late:
            self.complete = False
        return late

    def _step(self, name: str) -> None:
        self.done += 1
        self.progress(f"try {name}", self.done, max(self.planned, self.done))


def plan(algorithm: type[Algorithm], data: Interactions, minutes: float, algorithms: int, seed: int) -> list[Algorithm]:
    """The settings to try: the defaults, then the grid, thinned at random if the minutes do not pay for all of it.

    On data whose values are all alike, settings that differ only in how they read values are tried once.
    """
    grid = list(_valid(algorithm))
    if len(data) and data.value.min() == data.value.max():
        grid = [setting for setting in grid if getattr(setting, "binary", True)]
    default = algorithm()
    others = [setting for setting in grid if setting != default]
    allowed = int(minutes * 60 / (SECONDS_PER_ROW * max(1, len(data)) * max(1, algorithms)))
    if len(others) >= allowed:
        drawn = np.random.default_rng(seed).permutation(len(others))[: max(0, allowed - 1)]
        others = [others[number] for number in sorted(drawn)]
    return [default, *others]


def _valid(algorithm: type[Algorithm]) -> Iterator[Algorithm]:
    """The grid of the algorithm's space, less the combinations that it refuses."""
    for values in product(*algorithm.space.values()):
        with suppress(InvalidInput):
            yield algorithm(**dict(zip(algorithm.space, values, strict=True)))


def _third(split: Split, seed: int) -> Split | None:
    """The split for a third of its users; None where that would be too few to choose by."""
    users = np.unique(split.test.user)
    if len(users) < LEAST_USERS:
        return None
    everybody = len(split.train.users)
    chosen = np.zeros(everybody, dtype=bool)
    chosen[np.random.default_rng(seed).permutation(everybody)[: everybody // 3]] = True
    if len(np.unique(split.test.user[chosen[split.test.user]])) < LEAST_USERS // 4:
        return None
    return Split(split.train.rows(chosen[split.train.user]), split.test.rows(chosen[split.test.user]), split.rule)


@contextmanager
def _memory() -> Iterator[list[float]]:
    """The most megabytes that Python and NumPy held beyond what they held before, set at the end of the block."""
    peak = [0.0]
    started = not tracemalloc.is_tracing()
    if started:
        tracemalloc.start()
    tracemalloc.reset_peak()
    before, _ = tracemalloc.get_traced_memory()
    try:
        yield peak
    finally:
        peak[0] = (tracemalloc.get_traced_memory()[1] - before) / 1e6
        if started:
            tracemalloc.stop()
