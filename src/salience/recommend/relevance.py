"""Scores become relevance in [0, 1], and relevance is multiplied: rules, repeats, freshness, a second objective.

    r_i = (s_i - least) / (largest - least)  over the candidates            (all alike: 1)
    r_i' = r_i * product of factors_i,   then   r_i'^(1 - w) * v_i^w        for an objective v of weight w

Order plays no part: products commute. Each factor that is not 1 is logged with the item.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from salience.events import RecommendRequest
from salience.events.controls import Freshness, Objective, ShopRule
from salience.events.reading import Reading
from salience.recommend.candidates import Candidates
from salience.recommend.matching import matches
from salience.recommend.repeats import DAY_MS
from salience.recommend.score import Scored
from salience.recommend.shelf import Shelf
from salience.recommend.snapshot import Snapshot

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Relevance:
    """``values`` orders the row; ``factors`` by name, each (candidates,)."""

    values: Floats
    factors: dict[str, Floats]

    def of(self, item: int) -> dict[str, float]:
        """The factors that moved one candidate."""
        return {name: float(factor[item]) for name, factor in self.factors.items() if factor[item] != 1.0}


def relevance(
    request: RecommendRequest, candidates: Candidates, scored: Scored, reading: Reading, snapshot: Snapshot, now: int
) -> Relevance:
    """The scores as they are where nothing else is asked: then the row is exactly the scores' own order."""
    rules = (*snapshot.rules, *request.rules)
    plain = not rules and request.freshness is None and request.objective is None and not request.needs_row
    if plain and (candidates.fading == 1).all():
        return Relevance(scored.scores, {})
    values, factors = unit(scored.scores), {"repeat": candidates.fading}
    if any(rule.pin is None for rule in rules) or request.freshness is not None or request.objective is not None:
        shelf = snapshot.shelf(reading)
        for at, rule in enumerate(rules):
            if rule.pin is None:
                factors[f"rule {rule.name or at + 1}"] = _ruled(rule, matches(rule.when, shelf)[candidates.items])
        if request.freshness is not None:
            factors["freshness"] = _fresh(request.freshness, shelf, candidates, now)
        for factor in factors.values():
            values = values * factor
        if request.objective is not None:
            old, values = values, _valued(values, request.objective, shelf, candidates)
            factors["value"] = np.divide(values, old, out=np.ones_like(values), where=old > 0)
    else:
        values = values * candidates.fading
    return Relevance(values, factors)


def unit(scores: Floats) -> Floats:
    """Scores in [0, 1] by their place between the least and the largest; 1 where all are alike."""
    if not len(scores):
        return scores
    least, largest = scores.min(), scores.max()
    return (scores - least) / (largest - least) if largest > least else np.ones(len(scores))


def _ruled(rule: ShopRule, matched: NDArray[np.bool_]) -> Floats:
    factor = rule.boost if rule.boost is not None else rule.bury
    return np.where(matched, 1.0 if factor is None else factor, 1.0)


def _fresh(freshness: Freshness, shelf: Shelf, candidates: Candidates, now: int) -> Floats:
    created = shelf.column("created").numbers[candidates.items]
    age = np.maximum(now - created, 0) / DAY_MS
    young = np.where(np.isnan(age), 0.0, np.exp2(-np.nan_to_num(age) / freshness.half_life_days))
    return np.asarray(1 - freshness.weight + freshness.weight * young)


def _valued(values: Floats, objective: Objective, shelf: Shelf, candidates: Candidates) -> Floats:
    """r^(1 - w) v^w with v scaled by its largest; an item without the value has the least one that any has."""
    value = np.maximum(shelf.column(objective.field).numbers[candidates.items], 0.0)
    known = value[np.isfinite(value)]
    if not len(known) or known.max() <= 0:
        return values
    value = np.where(np.isfinite(value), value, known.min()) / known.max()
    return np.asarray(values ** (1 - objective.weight) * value**objective.weight)
