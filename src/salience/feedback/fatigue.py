"""Fatigue: does the tenth impression of the same thing still do what the first did?

For each pair of person and item, the n-th impression either leads to the first click or not: h(n) = first clicks at the
n-th impression / pairs that got there without one. h falls for two reasons that such a log cannot tell apart: people
tire, and those who like it click early and leave. So a falling curve bounds what repeating is worth; only a cap that is
tried on a part of the people (an experiment) says what causes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct
from scipy.special import betaincinv

from salience.events import AnyEvent, Click, Impression

MOST = 20
FEW = 100
"""Pairs that an impression number needs."""


class Repeat(Struct, frozen=True):
    """The ``number``-th impression: pairs that saw it unclicked, first clicks, their share between ``low`` and
    ``high``.
    """

    number: int
    pairs: int
    clicks: int
    rate: float
    low: float
    high: float


class Fatigue(Struct, frozen=True):
    """``cap``: the last impression that is not surely worth less than half of the first; None if none is surely."""

    repeats: tuple[Repeat, ...]
    cap: int | None
    said: str


def fatigue(events: Iterable[AnyEvent], who: Callable[[str], str], slot: str = "") -> Fatigue:
    """Over one slot, or all of them."""
    seen: dict[tuple[str, str], int] = {}
    done: set[tuple[str, str]] = set()
    pairs, clicks = [0] * MOST, [0] * MOST
    for event in events:
        if event.context.get("bot") is True or (slot and event.slot != slot):
            continue
        if not isinstance(event, Impression | Click) or not event.item:
            continue
        pair = who(event.subject), event.item
        if pair in done:
            continue
        if isinstance(event, Impression):
            seen[pair] = seen.get(pair, 0) + 1
            if seen[pair] <= MOST:
                pairs[seen[pair] - 1] += 1
        elif pair in seen:
            done.add(pair)
            if seen[pair] <= MOST:
                clicks[seen[pair] - 1] += 1
    repeats = tuple(_repeat(at + 1, n, c) for at, (n, c) in enumerate(zip(pairs, clicks, strict=True)) if n >= FEW)
    return Fatigue(repeats, _cap(repeats), _said(repeats))


def _repeat(number: int, n: int, c: int) -> Repeat:
    """With Clopper and Pearson's interval."""
    low = float(betaincinv(c, n - c + 1, 0.025)) if c else 0.0
    high = float(betaincinv(c + 1, n - c, 0.975)) if c < n else 1.0
    return Repeat(number, n, c, c / n, low, high)


def _cap(repeats: tuple[Repeat, ...]) -> int | None:
    worse = [one.number for one in repeats[1:] if one.high < repeats[0].low / 2]
    return worse[0] - 1 if worse else None


def _said(repeats: tuple[Repeat, ...]) -> str:
    if len(repeats) < 3:
        return f"not enough data: fewer than {FEW} people saw the same thing three times"
    cap = _cap(repeats)
    if cap is None:
        return "no impression is surely worth less than half of the first"
    many = "impression" if cap == 1 else "impressions"
    return f"after {cap} {many} the next is worth less than half of the first; try a cap on a part of the people"
