"""Impressions and clicks by item and place of a slot: what `position_bias` is estimated from."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from salience.events import AnyEvent, Click, Impression
from salience.optimise.attention.position_bias import Floats

DEEPEST = 50
"""Places from the top that are looked at."""


def places(events: Iterable[AnyEvent], slot: str) -> tuple[Floats, Floats]:
    """(shown, clicked): (items, places) counts. A click belongs to the impression of its item in its decision; without
    one it is not counted, and one impression earns one click at most."""
    shown: dict[tuple[str, int], int] = {}
    clicked: dict[tuple[str, int], int] = {}
    where: dict[tuple[str, str], int] = {}
    for event in events:
        if event.context.get("bot") is True:
            continue
        if isinstance(event, Impression) and event.slot == slot and event.item and event.position < DEEPEST:
            shown[event.item, event.position] = shown.get((event.item, event.position), 0) + 1
            if event.decision:
                where.setdefault((event.decision, event.item), event.position)
        elif isinstance(event, Click):
            at = where.pop((event.decision, event.item), None)
            if at is not None:
                clicked[event.item, at] = clicked.get((event.item, at), 0) + 1
    items = {name: row for row, name in enumerate(dict.fromkeys(item for item, _ in shown))}
    depth = max((at for _, at in shown), default=-1) + 1
    tables = np.zeros((2, len(items), depth))
    for table, counts in zip(tables, (shown, clicked), strict=True):
        for (item, at), count in counts.items():
            table[items[item], at] = count
    return tables[0], tables[1]
