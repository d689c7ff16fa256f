from __future__ import annotations

import numpy as np

from salience.events import Identify, Item, Scalar
from salience.events.reading import Person, Reading
from salience.events.write import Put
from salience.prepare.features.predicted import SOURCE, Predicted, fresh
from salience.prepare.fold import fold

TRAITS: dict[str, Scalar] = {"predicted:next": "tea", "predicted:next:chance": 0.7, "predicted:next:until": 100}


def test_only_our_own_events_become_predictions() -> None:
    ours = Identify(id="1", user="ann", traits=TRAITS, time=5, source=SOURCE)
    assert list(Predicted().writes(ours)) == [Put("person", "ann", name, value, 5) for name, value in TRAITS.items()]
    assert not any(isinstance(write, Put) and write.field.startswith("trait:") for write in fold(ours))
    theirs = Identify(id="2", user="ann", traits=TRAITS, time=5, source="a page")
    assert list(Predicted().writes(theirs)) == []


def reading(fields: dict[str, Scalar]) -> Reading:
    cards = (Item(id="1", item="green", categories=("tea",)), Item(id="2", item="rye", categories=("bread",)), None)
    return Reading(Person("ann", fields=fields), ("green", "rye", "x"), cards, np.arange(3), np.arange(3), {}, 1)


def test_the_expected_category_gets_its_chance_until_it_is_out_of_date() -> None:
    items = np.array([0, 1, 2])
    assert Predicted().value(reading(dict(TRAITS)), items, 99).tolist() == [0.7, 0, 0]
    assert Predicted().value(reading(dict(TRAITS)), items, 100).tolist() == [0, 0, 0]
    assert Predicted().value(reading({}), items, 99).tolist() == [0, 0, 0]
    assert fresh(Person("ann", fields=dict(TRAITS)), "next", 99) == "tea"
    assert fresh(Person("ann", fields=dict(TRAITS)), "churn", 99) is None
