"""A world with new items: some of those that people know are taken away, and have to be found by what is said of them.

A random part of the items is new. Of each, the first ``seen`` interactions in time are known (0: nobody touched it
yet), the others are asked for. What a person wrote about an item is known where the interaction is known: nobody's own
words help to find what they are about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray

from salience.events import Event, Item, Message
from salience.events.fault import InvalidInput
from salience.events.ids import IdMap
from salience.events.interactions import Interactions, Matrix
from salience.prepare.text import plain

LONGEST = 16_384
"""Letters of what is said of an item, as many as a card's text may have."""


class Side(Struct, frozen=True):
    """What of the items is used: named fields of their cards, words of cards and reviews."""

    fields: bool = True
    words: bool = True


@dataclass(frozen=True, eq=False)
class ColdWorld:
    """``cards[item code]``; ``said[user code, item code]``: that person's words about the item."""

    data: Interactions
    cards: Sequence[Item | None]
    said: Mapping[tuple[int, int], str]


@dataclass(frozen=True, eq=False)
class ColdSplit:
    """``train``: over the known items only; ``histories`` and ``wanted`` of the same people, (people, known | new).

    ``counts``: known interactions of each new item. ``world``: what is left to cut a validation part from.
    """

    train: Interactions
    known_cards: list[Item]
    new_cards: list[Item]
    new_names: tuple[str, ...]
    users: NDArray[np.int64]
    histories: Matrix
    wanted: NDArray[np.bool_]
    counts: NDArray[np.float64]
    world: ColdWorld

    def cards(self, side: Side) -> tuple[list[Item], list[Item]]:
        """Those of known and of new items, with what ``side`` leaves."""
        return [_left(card, side) for card in self.known_cards], [_left(card, side) for card in self.new_cards]


def world(events: Iterable[object]) -> ColdWorld:
    """Of imported rows: an interaction is a deed, whatever its grade; the newest card of an item holds."""
    cards: dict[str, Item] = {}
    rows: list[tuple[str, str, float, int]] = []
    said: dict[tuple[str, str], list[str]] = {}
    for event in events:
        if isinstance(event, Item):
            cards[event.item] = event
        elif isinstance(event, Message):
            if event.subject and event.item and (words := plain(event.text)):
                said.setdefault((event.subject, event.item), []).append(words)
        elif isinstance(event, Event) and event.subject and (item := getattr(event, "item", "")):
            rows.append((event.subject, item, 1.0, event.time))
    if not rows:
        raise InvalidInput("interactions", 0, "has no row with a user and an item", "name the columns with --columns")
    data = Interactions.from_rows(rows)
    known = {
        (data.users.codes[user], data.items.codes[item]): "\n".join(words)
        for (user, item), words in said.items()
        if user in data.users.codes and item in data.items.codes
    }
    return ColdWorld(data, [cards.get(item) for item in data.items.names], known)


def cut(world: ColdWorld, *, seen: int, fraction: float = 0.2, seed: int = 0) -> ColdSplit:
    """Take a part of the items with more than ``seen`` interactions away. `InvalidInput` where nothing can be asked."""
    data, n = world.data, len(world.data.items)
    count = np.bincount(data.item, minlength=n)
    able = np.flatnonzero(count > seen)
    new = np.zeros(n, dtype=bool)
    new[np.random.default_rng(seed).permutation(able)[: round(fraction * len(able))]] = True
    order = np.lexsort((data.user, data.time, data.item))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order)) - np.concatenate(([0], np.cumsum(count)))[data.item[order]]
    asked = new[data.item] & (place >= seen)
    known_codes, new_codes = np.flatnonzero(~new & (count > 0)), np.flatnonzero(new)
    train = _over(data.rows(~asked & ~new[data.item]), known_codes)
    wanted = data.rows(asked).matrix[:, new_codes]
    wanted.data[:] = 1.0  # the worst grade is still a deed
    histories = train.matrix
    users = np.flatnonzero((np.diff(histories.indptr) > 0) & (np.diff(wanted.indptr) > 0))
    if not len(users):
        rule = "leaves nobody with a history and a new item to find"
        raise InvalidInput("interactions", len(data), rule, "give more interactions, or fewer seen ones")
    visible = np.flatnonzero(~asked)
    text: dict[int, list[str]] = {}
    for row in visible[np.argsort(data.time[visible], kind="stable")].tolist():
        words = world.said.get((int(data.user[row]), int(data.item[row])))
        if words:
            text.setdefault(int(data.item[row]), []).append(words)
    cards = [_described(card, name, text.get(code, ())) for code, (card, name) in
             enumerate(zip(world.cards, data.items.names, strict=True))]  # fmt: skip
    left = ColdWorld(
        train,
        [world.cards[code] for code in known_codes.tolist()],
        _recoded(world.said, known_codes),
    )
    return ColdSplit(
        train=train,
        known_cards=[cards[code] for code in known_codes],
        new_cards=[cards[code] for code in new_codes],
        new_names=tuple(data.items.names[code] for code in new_codes),
        users=users,
        histories=histories[users],
        wanted=wanted[users].toarray() > 0,
        counts=np.bincount(data.item[~asked & new[data.item]], minlength=n)[new_codes].astype(np.float64),
        world=left,
    )


def _over(data: Interactions, codes: NDArray[np.int64]) -> Interactions:
    """The same rows, over some of the items."""
    place = np.full(len(data.items), -1, dtype=np.int32)
    place[codes] = np.arange(len(codes), dtype=np.int32)
    items = IdMap.of(data.items.names[code] for code in codes)
    return Interactions(data.users, items, data.user, place[data.item], data.value, data.time)


def _recoded(said: Mapping[tuple[int, int], str], codes: NDArray[np.int64]) -> dict[tuple[int, int], str]:
    place = {int(code): at for at, code in enumerate(codes)}
    return {(user, place[item]): words for (user, item), words in said.items() if item in place}


def _described(card: Item | None, name: str, words: Sequence[str]) -> Item:
    own = card or Item(id="-", item=name)
    return structs.replace(own, text="\n".join((*([own.text] if own.text else []), *words))[:LONGEST])


def _left(card: Item, side: Side) -> Item:
    if not side.fields:
        card = structs.replace(card, categories=(), attributes={}, price=None)
    return card if side.words else structs.replace(card, title="", text="")
