"""Join the best recommenders, honestly: parts are fitted on the validation cuts, weights cross-fitted on people.

The people of the cuts are dealt into `FOLDS` folds. What joins the parts is learned on all folds but one and judged on
that one, so nobody's value comes from weights that were learned from them. That costs no further fit of any part. The
weights that are used in the end are the mean of those of the folds; what has no mean is learned from everybody.

Weights that were searched on few people are too sure of themselves. So those of a blend are moved towards equal ones by
the largest of `SHARES` whose cross-fitted value is within one standard error of the best (Breiman et al. 1984, the
one-standard-error rule; errors are paired by person).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from salience.models.hybrid.blend import Blend
from salience.models.hybrid.conditional_logit import BATCH, MOST_ITEMS, Choices, choices, whole_choices
from salience.models.hybrid.held_out import Part
from salience.models.hybrid.hybrid import Hybrid
from salience.models.hybrid.stack import Stack
from salience.models.hybrid.weight_search import per_person
from salience.models.model import Algorithm, Arrays, Floats, Model
from salience.train.halving import Halving, PerPerson, Tried
from salience.train.threads import threads_for

FOLDS = 5
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
CELLS = 250_000_000  # features x people x items that may be held: 1 GB


@dataclass(frozen=True, eq=False)
class Joined:
    """A hybrid, what joins its parts, and what it got; ``values`` as in `Tried`."""

    tried: Tried
    how: Arrays


class Joiner:
    """The ``parts`` fitted on every cut of a search, and their features, made once for all hybrids."""

    def __init__(self, search: Halving, parts: Sequence[Algorithm]) -> None:
        self.search = search
        self.parts = tuple(parts)
        self.models: list[list[Model]] = []
        self.batches: list[list[Choices]] = []
        people = sum(len(cut.people) for cut in search.cuts)
        cells = people * min(len(search.cuts[0].train.items), MOST_ITEMS) * 2 * (len(parts) + 1)
        self.lengths = cells <= CELLS
        widest = Stack(self.parts) if self.lengths else Blend(self.parts)
        with threads_for(search.sizes.items), search.bench.meter() as self.cost:
            for cut in search.cuts:
                models = [part.fit(cut.train, seed=search.bench.seed).without_people() for part in self.parts]
                self.models.append(models)
                self.batches.append(self._choices(cut, models, widest))

    def made(self, hybrid: Hybrid) -> list[list[Choices]]:
        """The features of a hybrid that needs others than a blend and a stack do; per cut."""
        cuts = zip(self.search.cuts, self.models, strict=True)
        return [self._choices(cut, models, hybrid) for cut, models in cuts]

    def _choices(self, cut: Part, models: Sequence[Model], kind: Hybrid) -> list[Choices]:
        features = kind.features(models, cut.train)
        return choices(cut, features, self.search.bench.seed, batch=_size(cut))

    def alone(self) -> list[PerPerson]:
        """What each part got by itself, judged as the hybrids are."""

        def rated(part: int) -> Callable[[int, Choices], tuple[Floats, Floats]]:
            return lambda _, batch: (batch.others[part].copy(), batch.chosen[part])

        return [self._values(self.batches, rated(part)) for part in range(len(self.parts))]

    def join(self, hybrid: Hybrid, made: Sequence[Sequence[Choices]] | None = None) -> Joined:
        """Cross-fit, judge, learn for good. ``made``: its own features, if it has such (see `made`)."""
        search, wide = self.search, hybrid.width(len(self.parts))
        batches = made or [[_first(batch, wide) for batch in cut] for cut in self.batches]
        everything = [batch for cut in batches for batch in cut]
        with search.bench.meter() as cost:
            hows = []
            for fold in range(FOLDS):
                learn = [batch for cut in batches for n, batch in enumerate(cut) if n % FOLDS != fold]
                hows.append(hybrid.learned(learn or everything, seed=search.bench.seed))
            share, values = self._steadiest(hybrid, batches, hows)
            values = self._among_all(hybrid, [hybrid.steadied(how, share) or how for how in hows], values)
            how = hybrid.settled(hows) or hybrid.learned(everything, seed=search.bench.seed)
            how = hybrid.steadied(how, share) or how
        search.bench.progress(f"try {hybrid.name}", search.done, search.done)
        seconds = self.cost.seconds / len(search.cuts) + cost.seconds
        peak = max(self.cost.peak_bytes, cost.peak_bytes)
        return Joined(Tried(hybrid, values, seconds, peak), how)

    def _steadiest(
        self, hybrid: Hybrid, batches: Sequence[Sequence[Choices]], hows: Sequence[Arrays]
    ) -> tuple[float, PerPerson]:
        """The largest share towards no learning that is within one standard error of the best, and what it got."""
        found: list[tuple[float, PerPerson]] = []
        for share in SHARES:
            moved = [hybrid.steadied(how, share) or how for how in hows]

            def rated(fold: int, batch: Choices, moved: Sequence[Arrays] = moved) -> tuple[Floats, Floats]:
                return hybrid.rated(batch, moved[fold])

            found.append((share, self._values(batches, rated)))
            if hybrid.steadied(hows[0], share) is None:
                break
        best = max((values for _, values in found), key=lambda values: float(values.mean()))
        behind = [best - values for _, values in found]
        near = [gap.mean() <= gap.std() / np.sqrt(len(gap)) for gap in behind]
        return found[int(np.flatnonzero(near)[-1])]

    def _among_all(self, hybrid: Hybrid, hows: Sequence[Arrays], among_pool: PerPerson) -> PerPerson:
        """What the hybrid got in a ranking of all items, each fold by weights that were not learned from it."""
        if len(self.search.cuts[0].train.items) <= MOST_ITEMS:
            return among_pool
        batches = [
            whole_choices(cut, hybrid.features(models, cut.train), batch=_size(cut))
            for cut, models in zip(self.search.cuts, self.models, strict=True)
        ]
        return self._values(batches, lambda fold, batch: hybrid.rated(batch, hows[fold]))

    def _values(
        self, batches: Sequence[Iterable[Choices]], rated: Callable[[int, Choices], tuple[Floats, Floats]]
    ) -> PerPerson:
        """NDCG@k of each person, the mean over the cuts, of what ``rated`` says by fold and batch."""
        search = self.search
        values = np.zeros((2, len(search.people)))
        for cut, made in zip(search.cuts, batches, strict=True):
            start = 0
            for n, batch in enumerate(made):
                who, ndcg = per_person(batch, *rated(n % FOLDS, batch), search.k)
                at = np.searchsorted(search.people, cut.people[start + who])
                values[0, at] += ndcg
                values[1, at] += 1
                start += len(batch.closed)
        found: PerPerson = values[0] / np.maximum(values[1], 1)
        return found


def _size(cut: Part) -> int:
    """People of a batch: few enough that every fold has some."""
    return max(1, min(BATCH, -(-len(cut.people) // (2 * FOLDS))))


def _first(batch: Choices, features: int) -> Choices:
    """The batch with its first features only."""
    return replace(batch, others=batch.others[:features], chosen=batch.chosen[:features])


__all__ = ["Joined", "Joiner", "PerPerson"]
