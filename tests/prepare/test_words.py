"""Searches: kept while they may be, for as long as they are fresh, in the same places whatever the order."""

from __future__ import annotations

import pytest

from salience.engine import Engine
from salience.events import AnyEvent, Consent, Item, RecommendRequest, Search
from salience.events.insights import WORDS, WORDS_MAY
from salience.prepare import fold
from salience.prepare.features.words import FRESH_MS, searches
from salience.settings import Settings
from salience.store.state import State

CARDS = (("Green tea", "drinks"), ("Steel saw", "tools"), ("Rice bowl", "food"))
ITEMS = [
    Item(id=f"i{n}", item=f"i{n}", title=title, categories=(kind,), time=1) for n, (title, kind) in enumerate(CARDS)
]


def state_of(*events: AnyEvent) -> State:
    state = State()
    for row, event in enumerate(events, 1):
        state.apply(fold(event), row)
    return state


def search(query: str, time: int = 1000, id: str = "") -> Search:
    return Search(id=id or query, user="ann", query=query, time=time)


def test_newest_first_and_only_fresh_ones() -> None:
    person = state_of(search("saw", 10), search("green  tea", 20)).person("ann")
    assert searches(person, 20) == ("green tea", "saw")
    assert searches(person, FRESH_MS + 15) == ("green tea",)
    assert searches(person, FRESH_MS + 21) == ()


def test_the_order_of_events_is_nothing_to_it() -> None:
    events = [search(f"query {n}", 100 + n) for n in range(30)]
    one, other = state_of(*events).person("ann"), state_of(*events[::-1]).person("ann")
    assert one.fields == other.fields
    assert len(searches(one, 200)) <= 8


@pytest.mark.parametrize("later", [True, False])
def test_a_refusal_takes_the_words_away_and_keeps_new_ones_out(later: bool) -> None:
    no = Consent(id="no", user="ann", purposes={"personalisation": False}, received=50)
    events: list[AnyEvent] = [search("saw"), no]
    person = state_of(*(events if later else events[::-1])).person("ann")
    assert [name for name in person.fields if name.startswith(WORDS)] == [WORDS_MAY]


def shop(settings: Settings | None = None) -> Engine:
    engine = Engine.in_memory(settings, clock=lambda: 2000)
    engine.log.append([*ITEMS, search("a sharp saw"), search("tea")]).result()
    return engine


def test_a_search_is_answered_in_the_next_request_with_its_reason() -> None:
    with shop() as engine:
        answer = engine.recommend(RecommendRequest(user="ann", k=3, explore=False))
        assert answer.rung == "content"
        told = {one.item: one.reason.text for one in answer.items}
        assert told["i1"] == "Because you searched for a sharp saw"
        assert told["i0"] == "Because you searched for tea"
        assert answer.items[-1].item == "i2"
        assert engine.recommend(RecommendRequest(user="bob", k=3)).rung != "content"
        assert engine.recommend(RecommendRequest(user="ann", k=3, personalise=False)).rung != "content"


def test_it_can_be_switched_off() -> None:
    with shop(Settings(use_learned=("topic",))) as engine:
        assert engine.recommend(RecommendRequest(user="ann", k=3)).rung != "content"
