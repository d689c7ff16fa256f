"""A Decision in the words of the person who asked: titles, categories, and reasons as sentences."""

from __future__ import annotations

from collections.abc import Callable

from salience.events import Decision, Item, Shown
from salience.events.answers import Answer, AnswerItem, AnswerReason
from salience.recommend.wording import Language, words

Cards = Callable[[str], Item | None]
"""How to find what the catalogue says of an item."""


def answer(
    decision: Decision, cards: Cards, language: Language, *, personalised: bool, viewed: str = "viewed"
) -> Answer:
    """What goes back to the caller."""
    return Answer(
        decision=decision.id,
        items=told(decision.items, cards, language, viewed),
        layout=decision.layout,
        model=decision.model,
        rung=decision.rung,
        why_rung=decision.why_rung,
        mode=decision.mode,
        personalised=personalised,
        freshness_ms=decision.freshness_ms,
    )


def told(items: tuple[Shown, ...], cards: Cards, language: Language, viewed: str = "viewed") -> tuple[AnswerItem, ...]:
    """The items of a decision with titles and reasons in words."""
    return tuple(_item(shown, cards, language, viewed) for shown in items)


def title(item: str, cards: Cards) -> str:
    """The item's title, or its id while nobody has described it."""
    card = cards(item)
    return card.title if card and card.title else item


def _item(shown: Shown, cards: Cards, language: Language, viewed: str) -> AnswerItem:
    card = cards(shown.item)
    because = tuple(title(item, cards) for item in shown.reason.because)
    return AnswerItem(
        item=shown.item,
        title=title(shown.item, cards),
        categories=card.categories if card else (),
        score=shown.score,
        probability=shown.probability,
        reason=AnswerReason(
            code=shown.reason.code,
            text=words(shown.reason, because, language, viewed),
            because=because,
            because_items=shown.reason.because,
            shares=shown.reason.shares,
            deeds=shown.reason.deeds,
            group=shown.reason.group,
        ),
        factors=shown.factors,
    )
