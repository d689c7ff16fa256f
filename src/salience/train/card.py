"""The model card: what a published model was made from, how good it was, and what it must not be mistaken for."""

from __future__ import annotations

import platform
from typing import Any

import numpy as np
import scipy
from msgspec import Struct

from salience import __version__
from salience.events.interactions import Interactions
from salience.train.companions import Worth
from salience.train.contexts import ContextWorth
from salience.train.leaderboard import Leaderboard


class Card(Struct, frozen=True, kw_only=True):
    """Facts about one published model. Times are in ms since 1970-01-01 UTC; 0 = unknown."""

    version: str
    published: int
    algorithm: str
    settings: dict[str, Any]
    oldest: int
    newest: int
    rows: int
    users: int
    items: int
    metric: str
    value: float
    low: float
    high: float
    lift: float
    lift_low: float
    lift_high: float
    metrics: dict[str, float]
    split: str
    judged_on: str
    judged_users: int
    verdict: str
    seed: int
    versions: dict[str, str]
    refitted: str = ""
    """Why it was fitted anew with the settings that an older version had chosen; the metrics are those of that one."""
    membership: float | None = None
    """AUC of an attack that tells from the model alone whether somebody was learned from: 0.5 tells nothing."""
    poisoning: int | None = None
    """Invented visitors who put a rare item beside one that has nothing to do with it (`evaluate.poisoning`)."""
    rules: Worth | None = None
    """What rules of baskets add beside a page, on baskets that neither they nor the model had seen."""
    contexts: ContextWorth | None = None
    """What the moment adds, on choices that neither it nor the model had seen."""

    @classmethod
    def of(cls, version: str, data: Interactions, leaderboard: Leaderboard, *, seed: int, published: int) -> Card:
        """The card of the row that the leaderboard chose, fitted on ``data``."""
        best = leaderboard.best
        return cls(
            version=version,
            published=published,
            algorithm=best.name,
            settings=best.settings,
            oldest=int(data.time.min()) if len(data) else 0,
            newest=int(data.time.max()) if len(data) else 0,
            rows=len(data),
            users=len(data.users),
            items=len(data.items),
            metric=leaderboard.metric,
            value=best.value,
            low=best.low,
            high=best.high,
            lift=best.lift,
            lift_low=best.lift_low,
            lift_high=best.lift_high,
            metrics=best.metrics,
            split=leaderboard.split,
            judged_on=leaderboard.judged_on,
            judged_users=leaderboard.users,
            verdict=leaderboard.verdict,
            seed=seed,
            versions={
                "salience": __version__,
                "python": platform.python_version(),
                "numpy": np.__version__,
                "scipy": scipy.__version__,
            },
        )
