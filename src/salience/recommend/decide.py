"""decide(): candidates -> values -> scores -> choice. One pure function; everything it may use is in its arguments."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from salience.events import Decision, RecommendRequest
from salience.events.decision import Mode
from salience.events.reading import Reading
from salience.optimise import Arm, draw
from salience.prepare import FEATURES
from salience.recommend.candidates import Candidates, gather
from salience.recommend.choose import choose, explore
from salience.recommend.moment import at_moment
from salience.recommend.score import score
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
    candidates = gather(request, reading, snapshot, now, personal=personal)
    values = _values(candidates, reading, now)
    scored = at_moment(score(request, candidates, values, reading, snapshot, now), request, snapshot, now)
    shown = choose(request, candidates, scored, reading, snapshot, now, rng)
    own = scored.history if not scored.aside else None
    return Decision(
        id=id,
        user=request.user,
        anonymous="" if request.user else request.anonymous,
        session=request.session,
        slot=request.slot,
        time=now,
        received=now,
        items=shown,
        layout=draw(snapshot.layouts, arms, rng) if arms else None,
        rung=scored.rung,
        why_rung=scored.why,
        model=snapshot.version if scored.rung == "model" else "",
        mode=mode,
        seed=seed,
        as_of=reading.as_of,
        explore=explore(request, snapshot),
        candidates=len(candidates.items),
        history=own.nnz if own is not None else 0,
        freshness_ms=now - reading.person.newest_received if own is not None else None,
    )


def _values(candidates: Candidates, reading: Reading, now: int) -> Mapping[str, NDArray[np.float64]]:
    return {feature.name: feature.value(reading, candidates.items, now) for feature in FEATURES}
