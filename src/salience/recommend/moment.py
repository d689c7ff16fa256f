"""The moment of a request moves its scores: what the request says of it, and what the clock does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from salience.events import RecommendRequest
from salience.events.insights import CONTEXT
from salience.models.cold.companions import unit
from salience.prepare.clock import Moment, moment
from salience.recommend.score import Scored
from salience.recommend.snapshot import Snapshot


def moment_of(request: RecommendRequest, snapshot: Snapshot, now: int) -> Moment:
    """What is known of the moment; what the request says goes before the clock."""
    return moment(now, snapshot.zone) | {name: str(value) for name, value in request.context.items()}


def at_moment(scored: Scored, request: RecommendRequest, snapshot: Snapshot, now: int) -> Scored:
    """The scores as `salience.models.cold.contexts` moves them. It is the request's moment and nobody's history, so it
    counts without personalisation too."""
    contexts = snapshot.contexts
    if contexts is None or CONTEXT not in snapshot.learned or scored.rung not in ("model", "popular"):
        return scored
    asked, known = moment_of(request, snapshot, now), scored.places >= 0
    size, places = len(snapshot.codes), scored.places
    if scored.rung == "popular":
        factor = np.where(known, contexts.lifted(asked, size)[places], 1.0)
        return replace(scored, scores=scored.scores * factor, moment=np.log(factor), asked=asked)
    added = np.where(known, contexts.moved(asked, size)[places], 0.0)
    if not added.any():
        return scored
    spread = float(np.ptp(scored.scores))
    together = scored.together / spread if scored.together is not None and spread > 0 else None
    return replace(scored, scores=unit(scored.scores) + added, together=together, moment=added, asked=asked)
