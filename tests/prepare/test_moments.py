"""Nothing that comes at the moment or after it may be in the columns; everything that comes after is in the outcome."""

from __future__ import annotations

import numpy as np
import pytest

from salience.events import AnyEvent, Cart, Click, Impression, InvalidInput, Item, Purchase, View
from salience.prepare.activity import DAY_MS
from salience.prepare.moments import NO, YES, Asked, main_categories, moments_of, people_at, without
from salience.prepare.table import Table, table


def at(day: float) -> int:
    return 1_700_000_000_000 + int(day * DAY_MS)


def deeds() -> list[AnyEvent]:
    """ann comes every other day, takes bread on day 24, buys tea on day 25; bob stops after day 12; carl came once."""
    items = [Item(id=f"i{n}", item=n, categories=(c,)) for n, c in (("green", "tea"), ("rye", "bread"))]
    ann = [View(id=f"a{n}", user="ann", item="green", time=at(n)) for n in range(0, 31, 2)]
    bob = [Click(id=f"b{n}", user="bob", item="rye", time=at(n)) for n in range(1, 13, 2)]
    return [*items, *ann, *bob, View(id="c", user="carl", item="rye", time=at(1)),
            Purchase(id="p", user="ann", item="green", time=at(25)),
            Cart(id="q", user="ann", item="rye", time=at(24)),
            *(Impression(id=f"m{n}", user="bob", item="rye", time=at(n)) for n in range(13, 30))]  # fmt: skip


def made(events: list[AnyEvent] | None = None) -> Table:
    return table([events or deeds()])


def row(told, user: str) -> dict[str, str]:  # type: ignore[no-untyped-def]
    n = told.users.index(user)
    return {name: cells[n] for name, cells in told.columns.items()}


def test_outcomes_look_at_the_days_after() -> None:
    churn = people_at(made(), (at(20),), Asked("churn", 7), ("bread", "tea"), known=True)
    assert dict(zip(churn.users, churn.outcomes, strict=True)) == {"ann": NO, "bob": YES, "carl": YES}
    leads = people_at(made(), (at(20),), Asked("leads", 7), ("bread", "tea"), known=True)
    assert dict(zip(leads.users, leads.outcomes, strict=True)) == {"ann": YES, "bob": NO, "carl": NO}
    after = people_at(made(), (at(20),), Asked("next", 7), ("bread", "tea"), known=True)
    assert dict(zip(after.users, after.outcomes, strict=True)) == {"ann": "tea"}
    rare = people_at(made(), (at(20),), Asked("next", 7), ("bread",), known=True)
    assert rare.outcomes == ("other",)


def test_people_who_have_long_been_gone_are_no_rows() -> None:
    told = people_at(made(), (at(24),), Asked("churn", 7), (), known=True)
    assert "carl" not in told.users


def test_what_comes_later_changes_no_column() -> None:
    moment, asked = at(20), Asked("churn", 7)
    whole = people_at(made(), (moment,), asked, ("bread", "tea"), known=True)
    before = [event for event in deeds() if isinstance(event, Item) or event.time < moment]
    cut = people_at(made(before), (moment,), asked, ("bread", "tea"), known=False)
    assert whole.users == cut.users
    assert whole.columns == cut.columns
    assert set(cut.outcomes) == {""}


def test_the_columns_say_what_was() -> None:
    ann = row(people_at(made(), (at(20),), Asked("churn", 7), ("bread", "tea"), known=True), "ann")
    assert float(ann["view"]) == 10
    assert float(ann["view 7d"]) == 3
    assert float(ann["recency"]) == 2
    assert ann["taste"] == ann["newest category"] == "tea"
    assert float(ann["share of tea"]) == 1
    bob = row(people_at(made(), (at(20),), Asked("churn", 7), ("bread", "tea"), known=True), "bob")
    assert float(bob["quiet"]) < float(ann["quiet"]) or float(bob["impression 7d"]) > 0


def test_moments_have_days_behind_and_before_them() -> None:
    asked = Asked("churn", 7)
    found = moments_of(made(), asked)
    end = int(made().columns["time"].max()) + 1
    assert found == tuple(end - n * 7 * DAY_MS for n in range(len(found), 0, -1))
    assert min(found) - at(0) >= 7 * DAY_MS
    assert moments_of(made(), Asked("churn", 20)) == ()
    assert moments_of(table([[]]), asked) == ()


def test_categories_are_counted_before_the_first_moment() -> None:
    assert main_categories(made(), at(20), most=1) == ("tea",)
    assert main_categories(made(), at(1)) == ("tea",)


def test_some_people_can_be_left_out() -> None:
    left = without(made(), ["bob"])
    assert set(np.unique(left.columns["user"]).tolist()) == {left.users.codes["ann"], left.users.codes["carl"]}
    assert left.columns["row"].tolist() == list(range(len(left)))


def test_what_cannot_be_asked_is_refused() -> None:
    with pytest.raises(InvalidInput, match="days"):
        Asked("churn", 0)
    with pytest.raises(InvalidInput, match="deed"):
        Asked("leads", 7, "dance")
