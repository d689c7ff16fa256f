from itertools import permutations

import numpy as np

from salience.events import Alias, AnyEvent, Click, Identify, Item, Purchase, Split, Undo, View
from salience.prepare import fold
from salience.store.state import HISTORY_CAP, State

DAY = 24 * 3600 * 1000
STORY: list[AnyEvent] = [
    Item(id="i1", item="tea", title="Tea", time=1),
    Item(id="i2", item="tea", title="Green tea", time=2),
    Click(id="c1", anonymous="phone", item="tea", time=10, received=11),
    View(id="v1", user="ann", item="milk", time=12, received=13),
    Purchase(id="p1", user="ann", item="tea", time=14, received=15),
    Alias(id="a1", user="ann", previous="anon:phone", time=16),
    Identify(id="n1", user="ann", traits={"city": "Xi'an"}, time=17),
    Identify(id="n2", user="ann", traits={"city": "Chengdu"}, time=18),
]


def folded(events: list[AnyEvent]) -> State:
    state = State()
    state.apply([write for event in events for write in fold(event)], as_of=len(events))
    return state


def seen(state: State, subject: str) -> dict[str, tuple[float, int, str]]:
    reading = state.read(subject)
    person = reading.person
    rows = zip(person.items, person.strengths, person.times, person.kinds, strict=True)
    return {reading.names[item]: (float(strength), int(time), kind) for item, strength, time, kind in rows}


def test_a_person_is_one_before_and_after_signing_in() -> None:
    state = folded(STORY)
    assert seen(state, "ann") == {"milk": seen(state, "ann")["milk"], "tea": (1.0, 14, "purchase")}
    assert seen(state, "anon:phone") == seen(state, "ann")
    assert state.read("ann").person.fields == {"trait:city": "Chengdu"}


def test_the_order_of_arrival_does_not_matter() -> None:
    expected = folded(STORY)
    for order in list(permutations(STORY))[:: 40_320 // 1_000]:
        state = folded(list(order))
        assert seen(state, "ann") == seen(expected, "ann")
        assert state.read("ann").person.fields == {"trait:city": "Chengdu"}
        assert state.card("tea") == STORY[1]
        assert np.isclose(popularity(state, "tea", 30 * DAY), popularity(expected, "tea", 30 * DAY))


def popularity(state: State, item: str, now: int) -> float:
    return float(state.read("").counts["popularity"].at(state.codes([item]), now)[0])


def test_popularity_halves_in_thirty_days() -> None:
    state = folded([Purchase(id="p", user="ann", item="tea", time=0)])
    assert popularity(state, "tea", 0) == 1.0
    assert np.isclose(popularity(state, "tea", 30 * DAY), 0.5)


def test_loops_of_aliases_end() -> None:
    state = folded([Alias(id="1", user="a", previous="b"), Alias(id="2", user="b", previous="a"), *STORY])
    assert len(seen(state, "a")) == 0
    assert state.read("a").person.key == "a"


def test_items_that_cannot_be_had_are_no_candidates() -> None:
    state = folded([Item(id="1", item="tea", time=1), Item(id="2", item="milk", time=1, available=False)])
    assert [state.read("").names[code] for code in state.read("").available] == ["tea"]


def test_memory_of_one_person_is_bounded_and_the_oldest_goes_first() -> None:
    state = folded([Click(id=str(i), user="ann", item=f"i{i}", time=i + 1) for i in range(HISTORY_CAP + 5)])
    assert set(seen(state, "ann")) == {f"i{i}" for i in range(5, HISTORY_CAP + 5)}


def test_a_machine_has_its_own_history_and_counts_for_nobody_else() -> None:
    state = folded([Click(id="1", user="bot", item="tea", context={"bot": True})])
    assert set(seen(state, "bot")) == {"tea"}
    assert state.read("").counts == {} or not state.read("").counts["popularity"].at(np.arange(1), 0).any()


def test_a_split_gives_everybody_back_what_is_theirs() -> None:
    events = [*STORY, Split(id="s1", user="ann", apart=("anon:phone",), time=20)]
    state = folded(events)
    assert set(seen(state, "ann")) == {"milk", "tea"}
    assert seen(state, "ann")["tea"][2] == "purchase"
    assert seen(state, "anon:phone") == {"tea": (0.5, 10, "click")}
    assert seen(folded([*events, Undo(id="u1", user="ann", of="s1", time=21)]), "anon:phone") == seen(
        folded(STORY), "ann"
    )


def test_the_unit_of_a_visitor_who_signs_up_does_not_change() -> None:
    events: list[AnyEvent] = [
        Click(id="1", anonymous="phone", item="tea", time=10, received=10),
        Identify(id="2", user="ann", anonymous="phone", time=20, received=20),
        Click(id="3", user="ann", item="tea", time=30, received=30),
    ]
    assert [folded(events[:count]).unit("anon:phone") for count in (1, 2, 3)] == ["anon:phone"] * 3
    assert folded(events).unit("ann") == "anon:phone"
    back: list[AnyEvent] = [*events, Identify(id="4", user="ann", anonymous="tv", time=40, received=40)]
    assert folded(back).unit("anon:tv") == "anon:phone"
    assert folded(back).heard("anon:phone") == 10


def test_people_are_counted_once_whatever_their_ids() -> None:
    assert folded(STORY).size == (1, 2)
    assert folded([*STORY, Split(id="s", user="ann", apart=("anon:phone",), time=20)]).size == (2, 2)
