from __future__ import annotations

from salience.events import Item, Purchase, View
from salience.mine.profiles import Profiles, of_items, of_people
from salience.prepare.deeds import Deeds, deeds

DAY = 86_400_000


def shop() -> Deeds:
    return deeds(
        [
            [
                Item(id="0", item="tea", title="Green tea"),
                View(id="1", user="ann", item="tea", time=1),
                Purchase(id="2", user="ann", item="tea", price=2, quantity=2, order="o1", time=2),
                Purchase(id="3", user="ann", item="milk", price=1, order="o1", time=2),
                Purchase(id="4", user="ann", item="tea", price=2, order="o2", time=5 * DAY),
                View(id="5", user="bob", item="milk", time=8 * DAY),
                View(id="6", user="bob", item="tea", time=20 * DAY),
            ]
        ]
    )


def as_dicts(found: Profiles) -> dict[str, dict[str, float]]:
    table = zip(found.names, found.table.tolist(), strict=True)
    return {name: dict(zip(found.columns, row, strict=True)) for name, row in table}


def test_people_by_what_they_did_before_the_moment() -> None:
    found = of_people(shop(), 10 * DAY)
    rows = as_dicts(found)
    assert found.names == ("ann", "bob")
    assert rows["ann"]["orders"] == 2
    assert rows["ann"]["money"] == 7
    assert rows["ann"]["order value"] == 3.5
    assert rows["ann"]["items per order"] == 1.5
    assert rows["ann"]["different items"] == 2
    assert rows["bob"]["days silent"] == 2
    assert rows["bob"]["orders"] == 0
    assert "views" not in found.columns  # both looked once: a column without spread says nothing


def test_items_by_who_met_and_who_bought_them() -> None:
    found = of_items(shop(), 10 * DAY)
    rows = as_dicts(found)
    assert found.titles[found.names.index("tea")] == "Green tea"
    assert rows["tea"]["bought again"] == 2
    assert rows["tea"]["money"] == 6
    assert rows["milk"]["people"] == 2
    assert rows["milk"]["buyers of 100"] == 50
