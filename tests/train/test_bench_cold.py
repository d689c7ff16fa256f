"""Two tastes, told by genre and by words; new items must be found by either, and by nothing when nothing is said."""

from __future__ import annotations

import numpy as np
import pytest

from salience.events import Click, Item, Message
from salience.events.fault import InvalidInput
from salience.train.bench_cold import cold
from salience.train.cold_world import Side, cut, world
from tests.train.test_bench_text import BENCH

TASTES = ("tea", "tools")


def events(*, fields: bool = True, said: bool = False, seed: int = 0) -> list[object]:
    """40 people, half of whom like either half of 40 items."""
    rng = np.random.default_rng(seed)
    items = [(f"i{n}", TASTES[n % 2]) for n in range(40)]
    made: list[object] = [
        Item(id=name, item=name, categories=(kind,) if fields else (), title=f"{kind} no {name}" if fields else "")
        for name, kind in items
    ]
    words = {"tea": ("leaf", "brew", "steep"), "tools": ("steel", "blade", "bolt")}
    for person in range(40):
        for n, (name, kind) in enumerate(items):
            if n % 2 == person % 2 and rng.random() < 0.5:
                made.append(Click(id=f"{person}-{n}", user=f"p{person}", item=name, time=1000 * person + n))
                if said:
                    made.append(
                        Message(
                            id=f"m{person}-{n}", user=f"p{person}", item=name, text=" ".join(rng.choice(words[kind], 2))
                        )
                    )
    return made


def test_content_finds_what_popularity_cannot() -> None:
    outcome, columns = cold(world(events()), BENCH, k=4)
    assert outcome.metrics["ndcg@4"].value > 0.7
    assert outcome.metrics["lift over popularity"].low > 0.5
    names = [one.name for one in outcome.compared]
    assert names[0] == "popularity"
    assert {"similar", "borrowed", "vectors", "blend without fields", "blend without words"} <= set(names)
    assert set(columns) == {"user", "item", "rank", "score"}
    assert columns["rank"].max() == 4


def test_words_of_others_find_an_item_that_no_card_describes() -> None:
    outcome, _ = cold(world(events(fields=False, said=True)), BENCH, k=4, seen=2)
    assert outcome.metrics["lift over popularity"].low > 0.5
    assert "blend without fields" not in [one.name for one in outcome.compared]  # there are none to leave out


def test_nobodys_own_words_are_known() -> None:
    made = world(events(said=True))
    split = cut(made, seen=2)
    for name, card in zip(split.new_names, split.new_cards, strict=True):
        assert len(card.text.splitlines()) == 2, name


def test_new_items_are_not_trained_on() -> None:
    split = cut(world(events()), seen=0)
    assert not set(split.new_names) & set(split.train.items.names)
    assert not split.counts.any()


def test_a_side_can_be_switched_off() -> None:
    split = cut(world(events()), seen=0)
    known, _ = split.cards(Side(fields=False, words=False))
    assert all(not card.categories and not card.title for card in known)


def test_nothing_to_ask_is_refused() -> None:
    with pytest.raises(InvalidInput, match="leaves nobody"):
        cut(world(events()), seen=500)
    with pytest.raises(InvalidInput, match="has no row"):
        world([])
