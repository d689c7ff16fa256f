"""What was learned of items is a field: it filters, it gives reasons, and it can be switched off."""

from __future__ import annotations

import pytest

from salience.engine import Engine
from salience.events import InvalidInput, Item, RecommendRequest, View
from salience.events.filters import Eq
from salience.settings import Settings

TITLES = {"a": "Alpha", "b": "Beta", "c": "Gamma", "d": "Delta"}
TOPICS = {"a": "strings", "b": "strings", "c": "drums", "d": "drums", "unheard": "x"}


def shop(settings: Settings | None = None) -> Engine:
    """Four items, a few views, so that a model can be trained; ann saw a."""
    engine = Engine.in_memory(settings)
    items = [Item(id=f"i-{name}", item=name, title=title) for name, title in TITLES.items() if name != "b"]
    views = [View(id=f"{p}-{name}", user=f"p{p}", item=name, time=p) for p in range(8) for name in ("a", "c") if p % 2]
    engine.log.append([*items, *views, View(id="x", user="ann", item="d", time=9)]).result()
    return engine


def test_fields_are_kept_in_the_log_and_filter() -> None:
    with shop() as engine:
        assert engine.keep_learned("topic", TOPICS) == 3  # b and the unheard one are in no event
        assert engine.keep_learned("topic", TOPICS) == 0  # nothing new to say
        card = engine.state.card("c")
        engine.follower.catch_up(engine.now())
        card = engine.state.card("c")
        assert card is not None
        assert (card.title, card.source, card.attributes) == ("Gamma", "learned", {"learned.topic": "drums"})
        answer = engine.recommend(RecommendRequest(k=5, where=Eq(field="learned.topic", value="drums")))
        assert {one.item for one in answer.items} == {"c", "d"}


def test_a_new_item_is_explained_by_the_topic_it_shares() -> None:
    with shop() as engine:
        engine.train(minutes=0.02)
        fresh = [Item(id=f"n-{name}", item=name, title=title) for name, title in (("e", "Epsilon"), ("f", "Phi"))]
        engine.log.append([*fresh, View(id="y", user="bea", item="e", time=10)]).result()
        engine.keep_learned("topic", {"e": "drums", "f": "drums", "a": "strings"})
        answer = engine.recommend(RecommendRequest(user="bea", k=6, explore=False))
        told = {one.item: one.reason for one in answer.items}
        assert answer.rung == "content"
        assert told["f"].code == "same-topic"
        assert told["f"].text == "About drums, like Epsilon"


@pytest.mark.parametrize("name", ["topic", "mood"])
def test_what_is_switched_off_is_neither_kept_nor_seen(name: str) -> None:
    with shop(Settings(use_learned=("look",))) as engine:
        with pytest.raises(InvalidInput):
            engine.keep_learned(name, TOPICS)
        engine.log.append([Item(id="n", item="c", attributes={"learned.topic": "drums"})]).result()
        with pytest.raises(InvalidInput, match="no item"):
            engine.recommend(RecommendRequest(k=5, where=Eq(field="learned.topic", value="drums")))
        assert engine.interactions()[0].attributes is None
