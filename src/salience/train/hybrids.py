"""Join the best recommenders, honestly: parts are fitted on the validation cuts, weights cross-fitted on people.

The people of the cuts are dealt into `FOLDS` folds. What joins the parts is learned on all folds but one and judged on
that one, so nobody's value comes from weights that were learned from them. That costs no further fit of any part. The
weights that are used in the end are the mean of those of the folds; what has no mean is learned from everybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from salience.models.conditional_logit import BATCH, MOST_ITEMS, Choices, choices
from salience.models.held_out import Part
from salience.models.hybrid import Hybrid
from salience.models.model import Algorithm, Arrays, Model
from salience.models.stack import Stack
from salience.models.weight_search import per_person
from salience.train.halving import Halving, PerPerson, Tried
from salience.train.threads import threads_for

FOLDS = 5
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
        with threads_for(search.sizes.items), search.bench.meter() as self.cost:
            for cut in search.cuts:
                models = [part.fit(cut.train, seed=search.bench.seed).without_people() for part in self.parts]
                self.models.append(models)
                self.batches.append(self._choices(cut, models))

    def _choices(self, cut: Part, models: Sequence[Model]) -> list[Choices]:
        from salience.models.blend import Blend

        kind = Stack(self.parts) if self.lengths else Blend(self.parts)
        size = max(1, min(BATCH, -(-len(cut.people) // (2 * FOLDS))))
        return choices(cut, kind.features(models, cut.train), self.search.bench.seed, batch=size)

    def join(self, hybrid: Hybrid) -> Joined:
        """Cross-fit, judge, learn for good."""
        search, wide = self.search, hybrid.width(len(self.parts))
        batches = [[_first(batch, wide) for batch in cut] for cut in self.batches]
        values, hows = np.zeros((2, len(search.people))), []
        with search.bench.meter() as cost:
            for fold in range(FOLDS):
                learn = [b for cut in batches for n, b in enumerate(cut) if n % FOLDS != fold]
                how = hybrid.learned(learn or [b for cut in batches for b in cut], seed=search.bench.seed)
                hows.append(how)
                for cut, made in zip(search.cuts, batches, strict=True):
                    start = 0
                    for n, batch in enumerate(made):
                        if n % FOLDS == fold:
                            who, ndcg = per_person(batch, *hybrid.rated(batch, how), search.k)
                            at = np.searchsorted(search.people, cut.people[start + who])
                            values[0, at] += ndcg
                            values[1, at] += 1
                        start += len(batch.closed)
            how = hybrid.settled(hows) or hybrid.learned([b for cut in batches for b in cut], seed=search.bench.seed)
        search.bench.progress(f"try {hybrid.name}", search.done, search.done)
        seconds = self.cost.seconds / len(search.cuts) + cost.seconds
        peak = max(self.cost.peak_bytes, cost.peak_bytes)
        return Joined(Tried(hybrid, values[0] / np.maximum(values[1], 1), seconds, peak), how)


def _first(batch: Choices, features: int) -> Choices:
    """The batch with its first features only."""
    return replace(batch, others=batch.others[:features], chosen=batch.chosen[:features])


__all__ = ["Joined", "Joiner", "PerPerson"]
