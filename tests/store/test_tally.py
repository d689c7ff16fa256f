"""Popularity counts people: by their heaviest deed, whatever the order, and whatever is learned of who is who."""

from __future__ import annotations

import random

import numpy as np
import pytest

from salience.events import Alias, AnyEvent, Click, Identify, Purchase, Split, Undo, View
from salience.prepare import fold
from salience.store.state import State

DAY = 24 * 3600 * 1000
HALF = 30


def folded(events: list[AnyEvent]) -> State:
    state = State()
    for row, event in enumerate(events, 1):
        state.apply(fold(event), as_of=row)
    return state


def popularity(state: State, item: str, now: int = 0) -> float:
    return float(state.read("").counts["popularity"].at(state.codes([item]), now)[0])


def test_whoever_comes_back_a_thousand_times_is_one() -> None:
    state = folded([View(id=f"v{n}", anonymous="x", item="tea", time=n) for n in range(1_000)])
    assert np.isclose(popularity(state, "tea", 999), 0.25)


def test_a_person_counts_by_the_deed_that_weighs_most_as_of_now() -> None:
    bought = Purchase(id="p", user="ann", item="tea", time=0)
    soon = View(id="v", user="ann", item="tea", time=HALF * DAY)  # the purchase still weighs 0.5
    late = View(id="w", user="ann", item="tea", time=3 * HALF * DAY)  # the purchase weighs 0.125 by now
    assert np.isclose(popularity(folded([bought, soon]), "tea", HALF * DAY), 0.5)
    assert np.isclose(popularity(folded([bought, soon, late]), "tea", 3 * HALF * DAY), 0.25)
    assert np.isclose(popularity(folded([late, bought, soon]), "tea", 3 * HALF * DAY), 0.25)


def test_two_ids_of_one_person_count_once_from_the_moment_that_it_is_known() -> None:
    apart: list[AnyEvent] = [
        Click(id="1", anonymous="phone", item="tea", time=0),
        Purchase(id="2", user="ann", item="tea", time=0),
        Purchase(id="3", user="bob", item="tea", time=0),
    ]
    signed_in = Identify(id="4", user="ann", anonymous="phone", time=0)
    split = Split(id="5", user="ann", apart=("anon:phone",), time=1)
    undone = Undo(id="6", user="ann", of="5", time=2)
    for extra, people in (([], 2.5), ([signed_in], 2.0), ([signed_in, split], 2.5), ([signed_in, split, undone], 2.0)):
        assert np.isclose(popularity(folded([*apart, *extra]), "tea"), people)


@pytest.mark.parametrize("seed", range(40))
def test_any_order_ends_in_the_same_sums(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - a test's own, seeded
    ids = [f"anon:{n}" for n in range(4)] + ["ann", "bob"]

    def deed(n: int) -> AnyEvent:
        who = dice.choice(ids)
        user, anonymous = ("", who[5:]) if who.startswith("anon:") else (who, "")
        kinds: list[type[View | Click | Purchase]] = [View, Click, Purchase]
        kind = dice.choice(kinds)
        time = dice.randrange(90) * DAY
        return kind(id=f"d{n}", user=user, anonymous=anonymous, item=f"i{dice.randrange(3)}", time=time)

    events: list[AnyEvent] = [deed(n) for n in range(30)]
    for n in range(6):
        one, other = dice.sample(ids, 2)
        events.append(Alias(id=f"a{n}", previous=one, user=other.removeprefix("anon:"), time=dice.randrange(90) * DAY))
    events += [
        Split(id="s", user="ann", apart=(dice.choice(ids),), time=45 * DAY),
        Undo(id="u", user="ann", of=dice.choice(["s", "a0", "a1"]), time=50 * DAY),
        Undo(id="w", user="ann", of="u", time=60 * DAY),
    ]
    want = None
    for _ in range(6):
        dice.shuffle(events)
        state = folded(events)
        got = [popularity(state, f"i{n}", 90 * DAY) for n in range(3)]
        want = want or got
        assert np.allclose(got, want, rtol=1e-9, atol=1e-12)
        assert np.allclose(got, by_hand(state, events), rtol=1e-9, atol=1e-12)


def by_hand(state: State, events: list[AnyEvent]) -> list[float]:
    """The definition, read off the docstring."""
    best: dict[tuple[str, str], float] = {}
    for event in events:
        item = getattr(event, "item", "")
        if item:
            size = {View: 0.25, Click: 0.5, Purchase: 1.0}[type(event)]
            pair = (state.identity.name(event.subject), item)
            best[pair] = max(best.get(pair, 0.0), size * 2 ** (-(90 - event.time / DAY) / HALF))
    return [sum(value for (_, item), value in best.items() if item == f"i{n}") for n in range(3)]


def test_who_is_forgotten_leaves_no_deed_behind() -> None:
    state = folded([Click(id="1", user="ann", item="tea", time=0), Click(id="2", user="bob", item="tea", time=0)])
    state.forget(["ann"])
    state.apply(fold(Click(id="3", user="ann", item="tea", time=0)), as_of=3)  # a new person, not the old one again
    assert np.isclose(popularity(state, "tea"), 1.5)
