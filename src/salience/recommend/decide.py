"""decide(): candidates -> values -> scores -> choice. One pure function; everything it may use is in its arguments."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from salience.events import Choice, Decision, RecommendRequest, Shown
from salience.events.decision import Mode
from salience.events.reading import Reading
from salience.optimise import Arm, draw, rank
from salience.prepare import FEATURES
from salience.recommend.candidates import Candidates, gather
from salience.recommend.reasons import reason
from salience.recommend.score import Scored, score
from salience.recommend.snapshot import Snapshot


def decide(
    request: RecommendRequest,
    reading: Reading,
    snapshot: Snapshot,
    arms: tuple[Arm, ...],
    *,
    id: str,
    seed: int,
    now: int,
    personal: bool,
    mode: Mode = "online",
) -> Decision:
    """Answer one request. Same arguments, same Decision, to the last bit.

    ``arms``: the records of ``request.layouts``; ``seed``: all chance in this answer; ``now``: ms since 1970-01-01 UTC;
    ``personal``: whether the person's consent (and the request) allows using their history.
    """
    rng = np.random.default_rng(seed)
    candidates = gather(request, reading, personal=personal)
    values = _values(candidates, reading, now)
    scored = score(candidates, values, reading, snapshot)
    shown, layout = _choose(request, candidates, scored, reading, snapshot, arms, rng)
    return Decision(
        id=id,
        user=request.user,
        anonymous="" if request.user else request.anonymous,
        session=request.session,
        slot=request.slot,
        time=now,
        received=now,
        items=shown,
        layout=layout,
        rung=scored.rung,
        why_rung=scored.why,
        model=snapshot.version if scored.rung == "model" else "",
        mode=mode,
        seed=seed,
        as_of=reading.as_of,
        explore=_explore(request, snapshot),
        candidates=len(candidates.items),
        history=scored.history.nnz if scored.history is not None else 0,
        freshness_ms=now - reading.person.newest_received if scored.history is not None else None,
    )


def _values(candidates: Candidates, reading: Reading, now: int) -> Mapping[str, NDArray[np.float64]]:
    return {feature.name: feature.value(reading, candidates.items, now) for feature in FEATURES}


def _choose(
    request: RecommendRequest,
    candidates: Candidates,
    scored: Scored,
    reading: Reading,
    snapshot: Snapshot,
    arms: tuple[Arm, ...],
    rng: np.random.Generator,
) -> tuple[tuple[Shown, ...], Choice | None]:
    """The row, then its layout. Both are drawn from the probabilities that are logged."""
    ties = reading.ties[candidates.items]
    chosen, probabilities, explored = rank(scored.scores, request.k, _explore(request, snapshot), rng, ties)
    shown = tuple(
        Shown(
            item=reading.names[candidates.items[item]],
            score=_finite(float(scored.scores[item])),
            probability=float(probability),
            reason=reason(int(item), explored=bool(new), scored=scored, snapshot=snapshot),
        )
        for item, probability, new in zip(chosen, probabilities, explored, strict=True)
    )
    return shown, draw(snapshot.layouts, arms, rng) if arms else None


def _explore(request: RecommendRequest, snapshot: Snapshot) -> float:
    return snapshot.explore if request.explore else 0.0


def _finite(score: float) -> float:
    return score if np.isfinite(score) else 0.0
