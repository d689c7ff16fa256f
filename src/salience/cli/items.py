"""An unknown item gets its near misses, by id and by title."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from salience.cli.parser import near
from salience.events.fault import NotFound

if TYPE_CHECKING:
    from salience.engine import Engine

LOOKED_AT = 20_000
"""Items, most wanted first, among which near misses are looked for: more would keep a person waiting."""


@contextmanager
def with_near_items(engine: Engine) -> Iterator[None]:
    """Raise `NotFound` for an item again, with a way out that names items that may have been meant."""
    try:
        yield
    except NotFound as fault:
        if fault.parameter != "item":
            raise
        wanted = str(fault.value)
        raise NotFound("item", wanted, fault.rule, near_items(engine, wanted) or fault.way_out) from None


def titles_of(engine: Engine) -> dict[str, str]:
    """Item -> title, for those most wanted."""
    return {item.item: item.title for item in engine.catalogue(limit=LOOKED_AT)}


def near_items(engine: Engine, wanted: str) -> str:
    """``did you mean '50' (Star Wars)?``, or "" if nothing is near."""
    known = engine.catalogue(limit=LOOKED_AT)
    titles = {item.item: item.title for item in known}
    by_title = {item.title: item.item for item in reversed(known)}
    found = near(wanted, titles) or [by_title[title] for title in near(wanted, by_title)]
    found = found or [item.item for item in engine.catalogue(query=wanted, limit=3)]
    return f"did you mean {' or '.join(f'{item!r} ({titles.get(item, item)})' for item in found)}?" if found else ""
