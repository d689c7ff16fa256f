"""Which moment a time is, for those who live by a zone's clock: the part of the day, and of the week."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

DAYTIMES = ("night", "morning", "afternoon", "evening")
WEEK = ("working day", "weekend")
HOUR_MS = 3_600_000
QUARTER_MS = HOUR_MS // 4  # zones begin their hours at quarters of ours

Moment: TypeAlias = dict[str, str]


def moment(time: int, zone: str) -> Moment:
    """``daytime`` (six hours each, from midnight) and ``week`` of a time (ms) in a zone's clock.

    >>> moment(1_767_978_000_000, "UTC")  # 2026-01-09 17:00, a Friday
    {'daytime': 'afternoon', 'week': 'working day'}
    >>> moment(1_767_978_000_000, "Asia/Shanghai")
    {'daytime': 'night', 'week': 'weekend'}
    """
    daytime, week = _quarter(time // QUARTER_MS, zone)
    return {"daytime": DAYTIMES[daytime], "week": WEEK[week]}


def moments(time: NDArray[np.int64], zone: str) -> dict[str, tuple[tuple[str, ...], NDArray[np.int32]]]:
    """For each of the fields its values, and the code of each of the times (ms)."""
    quarters, inverse = np.unique(time // QUARTER_MS, return_inverse=True)
    codes = np.array([_quarter(quarter, zone) for quarter in quarters.tolist()], np.int32).reshape(-1, 2)
    return {"daytime": (DAYTIMES, codes[inverse, 0]), "week": (WEEK, codes[inverse, 1])}


@lru_cache(maxsize=65_536)
def _quarter(quarter: int, zone: str) -> tuple[int, int]:
    from datetime import datetime

    local = datetime.fromtimestamp(quarter * QUARTER_MS // 1000, _zone(zone))
    return local.hour // 6, int(local.weekday() >= 5)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
