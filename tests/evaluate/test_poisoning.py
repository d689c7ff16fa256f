from __future__ import annotations

import numpy as np

from salience.evaluate.poisoning import MOST, TARGETS, aims, attacked, beside, price
from salience.events.interactions import Interactions
from salience.models import EASE, Popularity


def world(items: int = 80) -> Interactions:
    rng = np.random.default_rng(3)
    liked = 1 / np.arange(1, items + 1)
    rows = []
    for person in range(250):
        weight = liked * np.where(np.arange(items) % 8 == person % 8, 10, 1)
        taken = rng.choice(items, 12, replace=False, p=weight / weight.sum())
        rows += [(f"u{person}", f"i{item}", 1.0, person) for item in taken]
    return Interactions.from_rows(rows)


def test_targets_are_rare_and_far_from_their_anchors() -> None:
    data, model = world(), EASE(l2=50.0).fit(world())
    pairs = aims(data, [model])
    assert len(pairs) == TARGETS
    assert len({name for pair in pairs for name in pair}) == 2 * TARGETS
    assert all(target not in beside(model, anchor, 30) for anchor, target in pairs)


def test_the_price_is_where_most_targets_get_through() -> None:
    data, algorithm = world(), EASE(l2=50.0)
    found = price(data, algorithm.fit)
    assert found is not None
    assert 2 <= found <= MOST
    pairs = aims(data, [algorithm.fit(data)])
    through = [
        sum(t in beside(algorithm.fit(attacked(data, pairs, n)), a) for a, t in pairs) for n in (found // 2, found)
    ]
    assert through[0] < 3 <= through[1]


def test_visitors_who_look_once_do_not_move_what_many_took() -> None:
    beside_by_taste, popular = price(world(), EASE(l2=50.0).fit), price(world(), Popularity().fit)
    assert beside_by_taste is not None
    assert popular is not None
    assert popular > beside_by_taste


def test_no_answer_without_five_pairs_or_without_time() -> None:
    assert price(Interactions.from_rows([("ann", "tea", 1.0, 0)]), EASE().fit) is None
    assert price(world(), EASE(l2=50.0).fit, late=lambda: True) is None


def test_the_people_of_an_attack_are_new_and_the_items_known() -> None:
    data = world()
    more = attacked(data, [("i0", "i79"), ("i1", "i78")], 3)
    assert (len(more), len(more.users), more.items) == (len(data) + 12, len(data.users) + 6, data.items)
    assert more.matrix[[len(data.users) + 5]].toarray()[0, [more.items.codes["i1"], more.items.codes["i78"]]].all()
