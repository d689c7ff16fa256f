"""Fields of items that were learned, not said by the shop: their names, and cards less those that are switched off."""

from __future__ import annotations

from collections.abc import Collection

from msgspec import structs

from salience.events.kinds import Item

LEARNED = ("topic", "sentiment", "colour", "look")
PREFIX = "learned."
SEARCHES, RULES, INTERESTS, NEXT, CONTEXT = "searches", "rules", "interests", "next", "context"
"""In ``use_learned``: whether answers may use what a person searched for, rules of baskets, the topics that a person
writes or searches about, the category that a predictor expects of a person, and what is wanted at such a moment."""
USED = (*LEARNED, SEARCHES, RULES, INTERESTS, NEXT, CONTEXT)
WORDS, WORDS_TIME = "words:", ":time"
"""Fields of a person that hold their own words; state keeps them only while personalisation is not refused."""
WORDS_MAY = "words:may"
"""Whether they may: the person's last choice about personalisation, where they made one."""


def field_of(name: str) -> str:
    """``topic`` -> ``learned.topic``."""
    return PREFIX + name


def without_learned(card: Item | None, used: Collection[str]) -> Item | None:
    """The card, less the learned fields whose names are not among ``used``.

    >>> card = Item(id="1", item="x", attributes={"learned.topic": "tea", "brand": "b"})
    >>> without_learned(card, ("sentiment",)).attributes
    {'brand': 'b'}
    """
    if card is None or not any(name.startswith(PREFIX) for name in card.attributes):
        return card
    kept = {
        name: value
        for name, value in card.attributes.items()
        if not name.startswith(PREFIX) or name.removeprefix(PREFIX) in used
    }
    return card if len(kept) == len(card.attributes) else structs.replace(card, attributes=kept)
