"""Visits end in silence; baskets hold what belongs together."""

from typing import Any

import narwhals as nw
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salience.events import AnyEvent, Click, InvalidInput, Purchase, View
from salience.prepare.sessions import Baskets, baskets, sessionise
from salience.prepare.table import Columns, fetch, lazy, table

MINUTE = 60_000


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
@settings(deadline=None, max_examples=20)
@given(events=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 300)), min_size=1, max_size=30))
def test_engines_agree_with_a_plain_loop(engine: str, events: list[tuple[int, int]]) -> None:
    columns: Columns = {
        "row": np.arange(len(events)),
        "user": np.array([user for user, _ in events]),
        "time": np.array([minute * MINUTE for _, minute in events]),
    }
    frame: nw.LazyFrame[Any] = lazy(columns) if engine == "duckdb" else nw.from_native(pl.LazyFrame(columns))
    expected = [0] * len(events)
    last: dict[int, tuple[int, int]] = {}
    for row in sorted(range(len(events)), key=lambda r: events[r][1]):
        user, minute = events[row]
        before, visit = last.get(user, (minute, 0))
        expected[row] = visit + (minute - before > 30)
        last[user] = (minute, expected[row])
    assert fetch(sessionise(frame).sort("row"))["visit"].tolist() == expected


def sets(made: Baskets) -> list[tuple[str, set[str]]]:
    return [
        (made.users.names[made.user[row]], {made.items.names[code] for code in made.matrix[[row]].indices})
        for row in range(len(made))
    ]


WORLD: list[AnyEvent] = [
    View(id="1", user="ann", item="tea", time=0),
    Click(id="2", user="ann", item="milk", time=30 * MINUTE),
    Click(id="3", user="bob", item="salt", session="b", time=31 * MINUTE),
    Purchase(id="4", user="ann", item="tea", order="o1", time=61 * MINUTE),
    Purchase(id="5", user="ann", item="milk", order="o1", time=65 * MINUTE),
    Purchase(id="6", user="bob", item="salt", session="b", time=200 * MINUTE),
    Purchase(id="7", user="bob", item="tea", session="c", time=200 * MINUTE + 59_999),
    Purchase(id="8", user="bob", item="milk", session="c", time=201 * MINUTE),
]


def test_baskets_by_user() -> None:
    assert sets(baskets(table([WORLD]))) == [("ann", {"tea", "milk"}), ("bob", {"salt", "tea", "milk"})]


def test_baskets_by_session_believe_the_sender_and_cut_the_rest_at_silence() -> None:
    assert sets(baskets(table([WORLD]), by="session")) == [
        ("ann", {"tea", "milk"}),
        ("bob", {"salt"}),
        ("ann", {"tea", "milk"}),
        ("bob", {"tea", "milk"}),
    ]
    assert len(baskets(table([WORLD]), by="session", gap_minutes=29)) == 5


def test_baskets_by_order_or_by_minute() -> None:
    assert sets(baskets(table([WORLD]), by="order")) == [
        ("ann", {"tea", "milk"}),
        ("bob", {"salt", "tea"}),
        ("bob", {"milk"}),
    ]


def test_an_item_is_in_a_basket_once() -> None:
    twice: list[AnyEvent] = [Click(id=str(n), user="ann", item="tea", time=n) for n in range(3)]
    assert baskets(table([twice])).matrix.toarray().tolist() == [[1]]


def test_whoever_withdrew_has_no_basket() -> None:
    assert [user for user, _ in sets(baskets(table([WORLD]), withdrawn=["ann"]))] == ["bob"]


def test_faults_of_the_caller_are_named() -> None:
    made = table([WORLD])
    with pytest.raises(InvalidInput, match="by = 'week': must be one of user, session, order"):
        baskets(made, by="week")  # type: ignore[arg-type]  # what a caller without types may pass
    with pytest.raises(InvalidInput, match="gap_minutes = 0: must be above 0"):
        sessionise(made.frame(), gap_minutes=0)
