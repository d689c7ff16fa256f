"""Forget what was kept long enough, class by class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from salience.store.log import EventLog

DAY_MS = 86_400_000
FAILED = "failed"


def expire(log: EventLog, classes: Mapping[str, Sequence[str]], days: Mapping[str, int], now: int) -> int:
    """Forget the events of each class that happened more than its days before ``now`` (ms); how many rows.

    ``classes``: name -> kinds of event. ``days``: name -> days, 0 for no limit; ``failed`` is the class of failed ones.
    """
    limits = {name: now - limit * DAY_MS for name, limit in days.items() if limit}
    gone = sum(log.expire(kinds, limits[name]) for name, kinds in classes.items() if name in limits)
    return gone + (log.expire_failures(limits[FAILED]) if FAILED in limits else 0)
