"""Which recommenders with which settings are best on the validation cuts: successive halving over algorithms.

All algorithms begin with their defaults. Then there are `RUNGS` rounds; in each, the algorithms that are left share a
budget; whoever has spent least of it is next, so that all have had alike whenever the clock ends it; after each, the
worse half leaves (Jamieson and Talwalkar 2016, with an algorithm as the arm and its search as the resource). An
algorithm spends its budget on a pattern search over its `ladders` (Hooke and Jeeves 1961): from the best settings so
far, one setting at a time goes two rungs up or down, later one; what is better becomes the new centre; it ends when
nothing around is better.

The budget is counted in nominal seconds (`costs`), so the same seed and minutes make the same plan everywhere. The
clock is a brake only: past its half of the minutes no further trial starts, and `complete` turns False.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from salience.evaluate.evaluator import Judged, evaluate
from salience.evaluate.split import Split
from salience.events.fault import InvalidInput
from salience.models.hybrid.held_out import Part
from salience.models.model import Algorithm, Model
from salience.models.popularity import Popularity
from salience.train.bench_outcome import Bench
from salience.train.costs import Sizes
from salience.train.ladders import LADDERS
from salience.train.leaderboard import BASELINE, Skipped
from salience.train.threads import threads_for

RUNGS = 2  # fewer, longer rounds: what is left after a trial or two says little of what an algorithm can do
NOMINAL = 0.6  # of the minutes, in nominal seconds, which are one and a half to two of a server's: see `costs`
CLOCK = 0.5  # of the minutes, by the clock
DEAREST = 3  # one trial may take this part of the budget; what takes more is left out
ALWAYS = 0.5  # nominal seconds: what costs less is tried with its defaults whatever the clock says

PerPerson = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Tried:
    """The best settings of an algorithm: ``values``, NDCG@k of each judged person (the mean over the cuts).

    ``seconds`` and ``peak_bytes``: of one fit and its evaluation; ``trials``: how many settings were tried.
    """

    algorithm: Algorithm
    values: PerPerson
    seconds: float
    peak_bytes: int
    trials: int = 1

    @property
    def value(self) -> float:
        """The mean over people."""
        return float(self.values.mean())


@dataclass
class Halving:
    """One search on ``cuts``. ``kept``: names of algorithms that never leave, because they are to be compared with."""

    cuts: Sequence[Part]
    k: int
    bench: Bench
    kept: frozenset[str] = frozenset()
    complete: bool = True
    skipped: list[Skipped] = field(default_factory=list)
    began: float = field(init=False)

    def __post_init__(self) -> None:
        self.began = self.bench.clock()
        self.judges = [
            Judged(part.people, part.histories, part.wanted, np.diff(part.histories.indptr) == 0) for part in self.cuts
        ]
        self.people = np.unique(np.concatenate([part.people for part in self.cuts]))
        self.sizes = Sizes.of(self.cuts[0].train)
        self.popular: list[Model] = [Popularity().fit(part.train) for part in self.cuts]
        self.done = 0

    def run(self, algorithms: Sequence[type[Algorithm]]) -> list[Tried]:
        """The best of each algorithm that could be tried, best first."""
        pot = self.bench.minutes * 60 * NOMINAL
        climbs = []
        for start in sorted(self._starts(algorithms), key=self.nominal):
            if self.nominal(start) > max(ALWAYS, pot / DEAREST) and start.name not in {BASELINE, *self.kept}:
                self._skip(start, f"one try takes about {self.nominal(start):,.0f} s; give more --minutes")
            elif self.late() and self.nominal(start) > ALWAYS and start.name != BASELINE:
                self._skip(start, "the time was up")
            else:
                try:
                    climbs.append(Climb(self.tried(start)))
                except InvalidInput as fault:
                    self._skip(start, str(fault))
        pot = max(0.0, pot - sum(self.nominal(climb.best.algorithm) for climb in climbs))
        left = climbs
        for rung in range(RUNGS):
            self._climb(left, pot / RUNGS)
            left = self._better_half(left, len(climbs) // 2 ** (rung + 1))
        return sorted((replace(c.best, trials=c.trials) for c in climbs), key=lambda tried: -tried.value)

    def nominal(self, algorithm: Algorithm) -> float:
        """Seconds of one trial on all cuts, by `costs`."""
        people = sum(len(part.people) for part in self.cuts)
        return len(self.cuts) * self.sizes.fit(algorithm) + self.sizes.judge(algorithm, people)

    def late(self) -> bool:
        """Whether the clock says that no further trial may start."""
        late = self.bench.clock() - self.began > self.bench.minutes * 60 * CLOCK
        self.complete = self.complete and not late
        return late

    def tried(self, algorithm: Algorithm) -> Tried:
        """Fit and evaluate on every cut, whatever the clock says."""
        values = np.zeros((2, len(self.people)))
        with threads_for(len(self.cuts[0].train.items)), self.bench.meter() as cost:
            for part, judged, popular in zip(self.cuts, self.judges, self.popular, strict=True):
                model = algorithm.fit(part.train, seed=self.bench.seed)
                split = Split(part.train, part.train, "validation")
                result = evaluate(model, split, self.k, names=("ndcg",), fallback=popular, judged=judged)
                at = np.searchsorted(self.people, result.users)
                values[0, at] += result.values["ndcg"]
                values[1, at] += 1
        self.done += 1
        self.bench.progress(f"try {algorithm.name}", self.done, self.done)
        return Tried(algorithm, values[0] / values[1], cost.seconds / len(self.cuts), cost.peak_bytes)

    def _starts(self, algorithms: Sequence[type[Algorithm]]) -> Iterator[Algorithm]:
        for kind in algorithms:
            yield kind()

    def _climb(self, climbs: Sequence[Climb], budget: float) -> None:
        """Go on with all of them for so many nominal seconds; whoever has spent least is next."""
        spent = {climb.name: 0.0 for climb in climbs}
        going = list(climbs)
        while going:
            climb = min(going, key=lambda climb: spent[climb.name])
            setting = climb.next()
            if setting is None:
                going.remove(climb)
            elif (cost := self.nominal(setting)) > budget or self.late():
                climb.wait(setting)
                going.remove(climb)
            else:
                budget -= cost
                spent[climb.name] += cost
                climb.take(self.tried(setting))

    def _better_half(self, climbs: list[Climb], many: int) -> list[Climb]:
        ordered = sorted(climbs, key=lambda climb: -climb.best.value)
        names = {climb.name for climb in ordered[:many]} | self.kept
        return [climb for climb in climbs if climb.name in names]

    def _skip(self, algorithm: Algorithm, reason: str) -> None:
        self.skipped.append(Skipped(algorithm.name, reason))


class Climb:
    """A pattern search over the ladders of one algorithm, a setting at a time."""

    def __init__(self, start: Tried) -> None:
        self.best = start
        self.name = start.algorithm.name
        self.ladders = LADDERS.get(self.name, {})
        self.seen = {start.algorithm}
        self.waiting: Algorithm | None = None
        self.around = self._around()

    @property
    def trials(self) -> int:
        """Settings tried so far."""
        return len(self.seen) - (self.waiting is not None)

    def next(self) -> Algorithm | None:
        """The next settings to try; None when nothing around the best is new."""
        if self.waiting is not None:
            setting, self.waiting = self.waiting, None
            return setting
        return next(self.around, None)

    def wait(self, setting: Algorithm) -> None:
        """These could not be paid for; they come first when there is a budget again."""
        self.waiting = setting

    def take(self, tried: Tried) -> None:
        """What the last settings got; if it is better, the search goes on around them."""
        if tried.value > self.best.value:
            self.best = tried
            self.around = self._around()

    def _around(self) -> Iterator[Algorithm]:
        centre: dict[str, Any] = vars(self.best.algorithm)
        for step in (2, 1):
            for name, ladder in self.ladders.items():
                place = ladder.index(centre[name])
                for near in (place + step, place - step):
                    if not 0 <= near < len(ladder):
                        continue
                    try:
                        setting = replace(self.best.algorithm, **{name: ladder[near]})
                    except InvalidInput:
                        continue
                    if setting not in self.seen:
                        self.seen.add(setting)
                        yield setting
