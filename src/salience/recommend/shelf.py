"""The catalogue as columns, made once and kept until a card changes: what filters, rules and variety look up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from salience.events import Item, Scalar
from salience.events.interactions import Matrix
from salience.models.cold.card_features import hashed, rarity, weighed
from salience.models.cold.cold_items import ColdItems

Codes = NDArray[np.int64]
_SPLIT = re.compile(r"[\s,;|/]+")


@dataclass(frozen=True, eq=False)
class Column:
    """One field of all items: ``places`` of each value, and the ``numbers``, NaN where there is none."""

    places: Mapping[str | float, Codes]
    numbers: NDArray[np.float64]

    @cached_property
    def words(self) -> Mapping[str, Codes]:
        """Where each single word of the texts stands, in lower case."""
        found: dict[str, list[Codes]] = {}
        for value, codes in self.places.items():
            if isinstance(value, str):
                for word in {value.casefold(), *_SPLIT.split(value.casefold())}:
                    found.setdefault(word, []).append(codes)
        return {word: np.concatenate(codes) for word, codes in found.items()}


@dataclass(frozen=True, eq=False)
class Shelf:
    """``cards[code]`` and ``names[code]`` as of one moment; ``cold``: the codes that the model does not know."""

    names: Sequence[str]
    cards: tuple[Item | None, ...]
    cold: Codes
    mapping: ColdItems | None
    _columns: dict[str, Column] = field(default_factory=dict)

    @cached_property
    def fields(self) -> frozenset[str]:
        """What can be asked about."""
        found = {"item", "title", "category", "price", "created"}
        for card in self.cards:
            if card is not None:
                found.update(card.attributes)
        return frozenset(found)

    def column(self, name: str) -> Column:
        """The column of a field; one that nobody has is empty."""
        made = self._columns.get(name)
        if made is None:
            made = self._columns[name] = _column(len(self.cards), self._pairs(name))
        return made

    def categories(self, code: int) -> tuple[str, ...]:
        """Those of one item."""
        card = self.cards[code]
        return card.categories if card is not None else ()

    @cached_property
    def borrowed(self) -> Matrix | None:
        """From which known items each of ``cold`` borrows its score; None without a mapping."""
        if self.mapping is None or not len(self.cold):
            return None
        return self.mapping.borrowed([self.cards[code] for code in self.cold.tolist()])

    @cached_property
    def content(self) -> Matrix:
        """Items x features, rows of length 1: their products are cosines."""
        return self._unit(self.cards)

    def sought(self, queries: Sequence[str]) -> Matrix:
        """Searches as if each were a card: its words in the title and among the categories, (queries, features)."""
        return self._unit(
            [Item(id="-", item="-", title=query, categories=tuple(query.split()[:20])) for query in queries]
        )

    @cached_property
    def _weights(self) -> NDArray[np.float32]:
        return rarity(hashed(self.cards)) if self.mapping is None else self.mapping.weights

    def _unit(self, cards: Sequence[Item | None]) -> Matrix:
        made = weighed(hashed(cards), self._weights)
        length = np.sqrt(np.asarray((made**2).sum(axis=1)).ravel())
        made.data /= np.repeat(np.where(length > 0, length, 1), np.diff(made.indptr))
        return made

    def _pairs(self, name: str) -> Iterable[tuple[int, Scalar]]:
        for code, card in enumerate(self.cards):
            if name == "item":
                yield code, self.names[code]
            elif card is None:
                continue
            elif name == "category":
                yield from ((code, category) for category in card.categories)
            elif name in ("title", "price"):
                yield code, getattr(card, name) or (card.price if name == "price" else None)
            elif name == "created":
                own = card.attributes.get("created")
                yield code, own if isinstance(own, int | float) else card.time or None
            else:
                yield code, card.attributes.get(name)


def _column(size: int, pairs: Iterable[tuple[int, Scalar]]) -> Column:
    numbers = np.full(size, np.nan)
    places: dict[str | float, list[int]] = {}
    for code, value in pairs:
        if value is None:
            continue
        places.setdefault(value, []).append(code)
        if isinstance(value, int | float) and not isinstance(value, bool):
            numbers[code] = value
    return Column({value: np.array(codes, dtype=np.int64) for value, codes in places.items()}, numbers)
