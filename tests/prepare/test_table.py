"""The table: events to columns, newest descriptions, one person under all their names."""

import numpy as np

from salience.events import (
    Alias,
    AnyEvent,
    Click,
    Consent,
    Identify,
    Impression,
    Item,
    Message,
    Purchase,
    Rating,
    Search,
    View,
)
from salience.prepare.table import KINDS, fetch, table

WORLD: list[AnyEvent] = [
    Item(id="1", item="tea", title="Tea", categories=("Hot",), time=1),
    View(id="2", anonymous="c7", item="tea", session="s1", time=10, received=11),
    Search(id="3", user="ann", query="milk", time=12),
    Purchase(id="4", user="ann", item="milk", order="o1", decision="d1", received=21),
    Click(id="5", user="bob", item="tea", time=30, context={"bot": True}),
    Consent(id="6", user="bob", purposes={"analytics": True}, time=31),
    Item(id="7", item="tea", title="Green tea", time=40),
    Item(id="8", item="tea", title="Stale tea", time=5),
]


def test_one_row_per_event_about_an_item() -> None:
    made = table([WORLD[:4], WORLD[4:]])
    columns = {name: values.tolist() for name, values in made.columns.items()}
    assert made.users.names == ("anon:c7", "ann", "bob")
    assert made.items.names == ("tea", "milk")
    assert columns == {
        "row": [0, 1, 2],
        "user": [0, 1, 2],
        "item": [0, 1, 0],
        "kind": [KINDS.index("view"), KINDS.index("purchase"), KINDS.index("click")],
        "time": [10, 21, 30],  # the purchase's time is unknown: when it was received
        "received": [11, 21, 0],
        "strength": [0.25, 1.0, 0.5],
        "session": [0, -1, -1],
        "order": [-1, 0, -1],
        "decision": [-1, 0, -1],
        "bot": [False, False, True],
    }
    assert (made.sessions.names, made.orders.names, made.decisions.names) == (("s1",), ("o1",), ("d1",))


def test_the_newest_description_of_an_item_counts_whenever_it_arrives() -> None:
    assert table([WORLD]).catalogue["tea"].title == "Green tea"


def test_chunks_make_no_difference() -> None:
    whole, pieces = table([WORLD]), table([[event] for event in WORLD])
    for name in whole.columns:
        np.testing.assert_array_equal(whole.columns[name], pieces.columns[name])


def test_the_frame_holds_the_columns() -> None:
    made = table([WORLD])
    fetched = fetch(made.frame().sort("row"))
    for name, values in made.columns.items():
        np.testing.assert_array_equal(fetched[name], values)


def test_unusable_events_are_counted_not_kept() -> None:
    made = table(
        [
            [
                View(id="1", item="tea"),
                View(id="2", user="ann", item=""),
                Rating(id="3", user="ann", item="tea", value=9),
                Message(id="4", user="ann", text="hello"),
                Impression(id="5", user="ann"),
            ]
        ]
    )
    assert (len(made), made.missing, made.out_of_range) == (0, 2, 1)


def test_no_events_make_an_empty_table() -> None:
    made = table([])
    assert (len(made), len(made.users), fetch(made.frame())["user"].tolist()) == (0, 0, [])


def test_a_person_is_one_under_all_names() -> None:
    made = table(
        [
            [
                View(id="1", anonymous="c7", item="tea"),
                View(id="2", user="ann", item="milk"),
                Identify(id="3", user="ann", anonymous="c7", traits={"age": 30}, time=1),
                Identify(id="4", anonymous="c7", traits={"age": 20, "sex": "F"}, time=0),
                Alias(id="5", previous="ann", user="anna"),
            ]
        ]
    )
    assert made.users.names == ("anna",)
    assert made.columns["user"].tolist() == [0, 0]
    assert made.people == {"anna": {"age": 30, "sex": "F"}}
