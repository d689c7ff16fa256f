"""Why an item is shown: the parts of its score that come from the person's own history, largest first."""

from __future__ import annotations

import numpy as np

from salience.events import Reason
from salience.recommend.score import Scored
from salience.recommend.snapshot import Snapshot

MOST = 2
"""Items named in one reason. More would be true as well, and nobody would read them."""


def reason(item: int, *, explored: bool, scored: Scored, snapshot: Snapshot) -> Reason:
    """The reason of candidate number ``item``.

    ``because`` lists only items that *raised* the score; ``shares`` are their parts of all that moved it, up or down.
    An item whose score no history raised is honestly called popular, or explored when a draw put it here.
    """
    if explored:
        return Reason("explore")
    if scored.rung != "model" or scored.history is None or snapshot.model is None or scored.places[item] < 0:
        return Reason("catalogue" if scored.rung == "catalogue" else "popular")
    parts = snapshot.model.contributions(scored.history, int(scored.places[item])).astype(np.float64)
    moved = np.abs(parts).sum()
    best = [int(i) for i in np.argsort(-parts, kind="stable")[:MOST] if parts[i] > 0]
    if not best or not moved:
        return Reason("popular")
    names = snapshot.model.items.names
    return Reason(
        "because",
        because=tuple(names[scored.history.indices[i]] for i in best),
        shares=tuple(round(float(parts[i] / moved), 4) for i in best),
    )
