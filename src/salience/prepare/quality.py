"""The state of each source in a page: volumes, missing values, machines, clocks, and alarms where something moved.

The last days are compared with the weeks before them. An alarm needs both: a change large enough to matter, and one
that chance does not explain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import reduce
from operator import add
from statistics import median
from typing import Literal

from msgspec import Struct

from salience.events import InvalidInput
from salience.prepare.activity import DAY_MS
from salience.prepare.drift import SHIFT, WATCH, share_moved, stability
from salience.prepare.sources import Day, Sources

RECENT, BEFORE = 7, 28
"""Days that are looked at, and days before them that they are compared with."""

POINTS = 0.05
"""A missing rate that moves by less is not worth an alarm, however certain it is."""

CHANCE = 1e-4
"""p-value below which a share has moved; small, because every field of every source is tested."""

HALVED = 0.5
"""A day under half, or over twice, of what its weekday brings is looked at."""

Level = Literal["watch", "alarm"]


class Alarm(Struct, frozen=True):
    """``measure`` is a ratio for volumes, the difference of shares for missing values, PSI for mixes."""

    source: str
    level: Level
    what: str
    measure: float
    words: str


class SourceQuality(Struct, frozen=True):
    """One source. ``first`` and ``last`` are days as ISO dates; shares are of its events (``missing``: by field)."""

    source: str
    events: int
    first: str
    last: str
    events_per_day: float
    kinds: Mapping[str, int]
    missing: Mapping[str, float]
    machines: float
    early: float
    stability: Mapping[str, float]
    alarms: tuple[Alarm, ...]
    compared: str


def quality(found: Sources, moment: int, *, recent: int = RECENT, before: int = BEFORE) -> list[SourceQuality]:
    """One report per source, most events first. ``moment`` (ms): the end of the last day looked at."""
    if recent < 1 or before < recent:
        raise InvalidInput("days", (recent, before), "compare at least one day with at least as many before")
    today = (moment - 1) // DAY_MS
    made = [_report(name, days, today, recent, before) for name, days in found.items()]
    return sorted(made, key=lambda one: (-one.events, one.source))


def _report(name: str, days: Mapping[int, Day], today: int, recent: int, before: int) -> SourceQuality:
    every = reduce(add, days.values())
    first, last = min(days), max(days)
    now = reduce(add, (day for at, day in days.items() if today - recent < at <= today), Day())
    then = reduce(add, (day for at, day in days.items() if today - recent - before < at <= today - recent), Day())
    psi = {mix: round(stability(then.mixes[mix], now.mixes.get(mix, {})), 4) for mix in sorted(then.mixes)}
    enough = first <= today - 2 * recent and then.events > 0
    alarms = [] if not enough else [*_volumes(name, days, today, recent, before), *_missing(name, then, now)]
    if enough and now.events:
        alarms += [_drifted(name, mix, value) for mix, value in psi.items() if value >= WATCH]
    days_known = last - first + 1
    return SourceQuality(
        source=name,
        events=every.events,
        first=_date(first),
        last=_date(last),
        events_per_day=every.events / days_known,
        kinds=dict(every.mixes["kind"].most_common()),
        missing={field: every.missing[field] / count for field, count in sorted(every.asked.items())},
        machines=every.machines / every.events,
        early=every.early / every.events,
        stability=psi if enough else {},
        alarms=tuple(sorted(alarms, key=lambda alarm: (alarm.level, alarm.what))),
        compared=f"the last {recent} days with the {before} before" if enough else f"{days_known} days are too few",
    )


def _volumes(name: str, days: Mapping[int, Day], today: int, recent: int, before: int) -> Iterator[Alarm]:
    """Silence of the whole window is one alarm; else the worst day is, measured against its own weekday."""
    start = min(days)
    past = {
        at: days[at].events if at in days else 0
        for at in range(max(start, today - recent - before + 1), today - recent + 1)
    }
    now = {at: days[at].events if at in days else 0 for at in range(today - recent + 1, today + 1)}
    usual = median(past.values())
    if usual and not any(now.values()):
        yield Alarm(name, "alarm", "volume", 0.0, f"silent for {recent} days; {usual:,.0f} events a day before")
        return
    worst = None
    for at, count in now.items():
        same = [value for day, value in past.items() if day % 7 == at % 7]
        peers = same if len(same) >= 2 else list(past.values())
        middle = median(peers)
        spread = 1.4826 * median(abs(value - middle) for value in peers)
        noise = 4 * max(spread, middle**0.5)
        ratio = count / middle if middle else 1.0
        outside = abs(count - middle) > noise and not HALVED <= ratio <= 1 / HALVED
        if outside and (worst is None or abs(count - middle) > abs(worst[1] - worst[2])):
            worst = at, count, middle
    if worst is not None:
        at, count, middle = worst
        words = f"{count:,} events on {_date(at)}; {middle:,.0f} are usual on that day of the week"
        yield Alarm(name, "alarm", "volume", count / middle, words)


def _missing(name: str, then: Day, now: Day) -> Iterator[Alarm]:
    for field, asked in now.asked.items():
        before = then.missing[field], then.asked[field]
        if not before[1]:
            continue
        was, rate = before[0] / before[1], now.missing[field] / asked
        if abs(rate - was) >= POINTS and share_moved(*before, now.missing[field], asked) < CHANCE:
            level: Level = "alarm" if rate > was else "watch"
            yield Alarm(name, level, f"missing {field}", rate - was, f"{rate:.0%} without {field}, {was:.0%} before")


def _drifted(name: str, mix: str, psi: float) -> Alarm:
    level: Level = "alarm" if psi >= SHIFT else "watch"
    words = f"the mix of {mix}s has {'shifted' if level == 'alarm' else 'moved a little'} (PSI {psi:.2f})"
    return Alarm(name, level, f"mix of {mix}s", psi, words)


def _date(day: int) -> str:
    return datetime.fromtimestamp(day * 86_400, UTC).date().isoformat()
