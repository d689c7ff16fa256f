"""Line four: rules and repeats weigh, the row is arranged, then drawn: pins first, exploration around the rest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from salience.events import RecommendRequest, Shown
from salience.events.reading import Reading
from salience.optimise import rank
from salience.recommend.candidates import Candidates
from salience.recommend.matching import matches
from salience.recommend.reasons import reason
from salience.recommend.relevance import relevance
from salience.recommend.row import arranged
from salience.recommend.score import Scored
from salience.recommend.snapshot import Snapshot


def choose(
    request: RecommendRequest,
    candidates: Candidates,
    scored: Scored,
    reading: Reading,
    snapshot: Snapshot,
    now: int,
    rng: np.random.Generator,
) -> tuple[Shown, ...]:
    """The row. Everything before `rank` is deterministic, so the probabilities that it draws from are those logged."""
    relevant = relevance(request, candidates, scored, reading, snapshot, now)
    priority = arranged(request, candidates, relevant.values, reading, snapshot)
    pins = _pins(request, candidates, priority, reading, snapshot)
    drawn = rank(
        priority,
        request.k,
        explore(request, snapshot),
        rng,
        reading.ties[candidates.items],
        pinned=pins,
        groups=_groups(request, candidates, reading, snapshot),
        most=request.max_per_category or 0,
    )
    return tuple(
        Shown(
            item=reading.names[candidates.items[item]],
            score=float(scored.scores[item]),
            probability=float(probability),
            reason=reason(
                int(item),
                pinned=pins.get(position) == item,
                explored=bool(new),
                candidates=candidates,
                scored=scored,
                reading=reading,
                snapshot=snapshot,
            ),
            factors=relevant.of(int(item)),
        )
        for position, (item, probability, new) in enumerate(zip(*drawn, strict=True))
    )


def explore(request: RecommendRequest, snapshot: Snapshot) -> float:
    """The probability of a random candidate at each position that no rule pins."""
    return snapshot.explore if request.explore else 0.0


def _pins(
    request: RecommendRequest,
    candidates: Candidates,
    priority: NDArray[np.float64],
    reading: Reading,
    snapshot: Snapshot,
) -> dict[int, int]:
    """Position -> candidate: the best match of each rule that pins; the request's rule wins over the workspace's."""
    rules = {rule.pin: rule for rule in (*snapshot.rules, *request.rules) if rule.pin is not None}
    pins: dict[int, int] = {}
    ties = reading.ties[candidates.items]
    for position, rule in sorted(rules.items()):
        fits = np.flatnonzero(matches(rule.when, snapshot.shelf(reading))[candidates.items])
        fits = fits[~np.isin(fits, list(pins.values()))]
        if len(fits) and position <= len(candidates.items):
            pins[position - 1] = int(fits[np.lexsort((ties[fits], -priority[fits]))[0]])
    return pins


def _groups(
    request: RecommendRequest, candidates: Candidates, reading: Reading, snapshot: Snapshot
) -> list[NDArray[np.int64]]:
    """The candidates of each category, where categories are capped."""
    if request.max_per_category is None:
        return []
    places = snapshot.shelf(reading).column("category").places.values()
    return [np.flatnonzero(np.isin(candidates.items, codes)) for codes in places]
