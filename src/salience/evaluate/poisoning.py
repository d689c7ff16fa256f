"""The price of poisoning: how many invented visitors put a rare item beside one that has nothing to do with it.

The attack that works on live sites (Yang, Gong & Cai 2017): visitors who look at the liked item and at the one to be
pushed, nothing else, so that the second stands among the `BESIDE` things beside the first. Five rare items are pushed
at once, each beside another item, by twice as many visitors each time; the price is the first number at which three of
the five stand there. Every visitor counts here: how many of a network do is for the door (`salience.collect.surges`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from salience.events.interactions import IdMap, Interactions
from salience.models import Model

BESIDE, TARGETS, MOST = 10, 5, 128
FAR = 3 * BESIDE
"""A target must not be among so many things beside its anchor: then the two have nothing to do with each other."""
PLACES = (0.0, 0.02, 0.3, 0.5, 0.75)
"""Where the anchors stand among all items, from the most liked on."""
VIEW = 0.25
"""The strength of a look."""

Pair = tuple[str, str]
"""(anchor, target)"""


def aims(data: Interactions, models: Sequence[Model]) -> list[Pair]:
    """The five rarest items, each with an anchor that it is far from in every model; fewer if there are no such."""
    count = np.bincount(data.item, minlength=len(data.items))
    order = [int(code) for code in np.argsort(-count, kind="stable") if count[code]]
    names, found = data.items.names, list[Pair]()
    if len(order) < 2 * FAR:
        return []
    for target, place in zip(order[-TARGETS:], PLACES, strict=True):
        taken = {name for pair in found for name in pair}
        for anchor in order[int(place * len(order)) : -TARGETS]:
            free = names[anchor] not in taken
            if free and not any(names[target] in beside(model, names[anchor], FAR) for model in models):
                found.append((names[anchor], names[target]))
                break
    return found


def beside(model: Model, item: str, k: int = BESIDE) -> list[str]:
    """What stands beside an item."""
    found, scores = model.similar(item, k)
    return [str(one) for one, score in zip(found, scores, strict=True) if one and score > 0]


def attacked(data: Interactions, pairs: Sequence[Pair], visitors: int) -> Interactions:
    """The data with so many visitors more for each pair, who looked at its two items."""
    first, many = len(data.users), visitors * len(pairs)
    items = np.array([[data.items.codes[name] for name in pair] for pair in pairs], np.int32)
    users = IdMap((*data.users.names, *(f"invented:{n}" for n in range(many))))
    newest = int(data.time.max()) if len(data) else 0
    return replace(
        data,
        users=users,
        user=np.concatenate([data.user, np.repeat(np.arange(first, first + many, dtype=np.int32), 2)]),
        item=np.concatenate([data.item, np.repeat(items, visitors, axis=0).ravel()]),
        value=np.concatenate([data.value, np.full(2 * many, VIEW, np.float32)]),
        time=np.concatenate([data.time, np.full(2 * many, newest, np.int64)]),
        traits=None,
    )


def price(
    data: Interactions, fit: Callable[[Interactions], Model], *, late: Callable[[], bool] = lambda: False
) -> int | None:
    """Visitors a target, a power of 2; twice `MOST` if more than `MOST` are needed.

    None where five pairs cannot be found, or once ``late`` says that it takes too long.
    """
    pairs = aims(data, [fit(data)])
    if len(pairs) < TARGETS:
        return None
    visitors = 1
    while visitors <= MOST:
        if late():
            return None
        model = fit(attacked(data, pairs, visitors))
        if 2 * sum(target in beside(model, anchor) for anchor, target in pairs) > TARGETS:
            return visitors
        visitors *= 2
    return visitors
