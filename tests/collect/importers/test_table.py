"""Rows of a table become events, or are rejected with line, column and reason."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from salience.collect.importers.table import Row, check_columns, events, scalar, table_map, when
from salience.collect.receipt import Rejected
from salience.events import Click, Identify, InvalidInput, Item, Purchase, Rating, View


def first(mapping: Any, **cells: Any) -> Any:
    return next(events([Row(2, cells, b"raw")], mapping))


def test_a_rating_with_its_scale() -> None:
    mapping = table_map("rating", "user=u,item=i,value=r,time=t", constants={"low": 0.5, "high": 10})
    event = first(mapping, u="7", i="50", r="8.5", t="881250949")
    assert isinstance(event, Rating)
    assert (event.user, event.item, event.value, event.low, event.high) == ("7", "50", 8.5, 0.5, 10)
    assert event.time == 881_250_949_000


def test_items_and_people_keep_their_other_columns() -> None:
    item = first(
        table_map("item", {"item": "id", "title": "name", "categories": "genres"}, separator=";"),
        id="1", name="Matrix, The", genres="Action; Sci-Fi;", year="1999", plot="",
    )  # fmt: skip
    assert isinstance(item, Item)
    assert (item.item, item.title, item.categories) == ("1", "Matrix, The", ("Action", "Sci-Fi"))
    assert item.attributes == {"year": 1999}
    person = first(table_map("identify", "user=id"), id="7", age="24", zip="02134", vip="no")
    assert isinstance(person, Identify)
    assert person.traits == {"age": 24, "zip": "02134", "vip": "no"}
    assert first(table_map("identify", "user=id", rest=False), id="7", age="24").traits == {}


def test_the_same_row_is_the_same_event_from_any_format() -> None:
    mapping = table_map("purchase", "user=u,item=i,quantity=q,price=p,time=t")
    text = first(mapping, u="7", i="5", q="2", p="3.50", t="1970-01-02")
    typed = first(mapping, t=date(1970, 1, 2), p=Decimal("3.5"), q=2.0, i=5, u=7.0, extra=1)
    assert isinstance(text, Purchase)
    assert text == typed
    assert text.id.startswith("c-")
    assert first(mapping, u="7", i="5", q="3", p="3.50", t="1970-01-02").id != text.id


def test_an_id_of_ones_own_is_kept() -> None:
    event = first(table_map("view", "id=order,user=u,item=i"), order="o-1", u="ann", i="tea")
    assert event == View(id="o-1", user="ann", item="tea")


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"u": "ann", "r": "4"}, "line 2: i: is empty or not mapped"),
        ({"u": "ann", "i": "", "r": "4"}, "line 2: i: is empty or not mapped"),
        ({"u": "ann", "i": "tea", "r": "good"}, "line 2: r: expected `float`"),
        ({"u": "ann", "i": "x" * 300, "r": "4"}, "line 2: i: expected `str` of length <= 256"),
        ({"u": "ann", "i": "tea", "r": "4", "t": "soon"}, "line 2: time: must be a date as in ISO 8601"),
        ({"u": "ann", "i": "tea", "r": "4", "t": "-5"}, "line 2: time: must be a date or a number since 1970"),
        ({"u": "ann", "i": "tea", "r": "4", "t": "nan"}, "line 2: time: must be a date or a number since 1970"),
    ],
)
def test_a_row_that_is_no_event_is_rejected_with_line_and_column(cells: dict[str, str], says: str) -> None:
    found = first(table_map("rating", "user=u,item=i,value=r,time=t"), **cells)
    assert isinstance(found, Rejected)
    assert found.reason.startswith(says)
    assert (found.raw, found.line) == (b"raw", 2)


def test_columns_of_the_moment_go_into_the_context() -> None:
    mapping = table_map("click", "user=u,item=i,context.device=d,context.hour=h")
    found = first(mapping, u="ann", i="tea", d="phone", h="17")
    assert isinstance(found, Click)
    assert found.context == {"device": "phone", "hour": 17}
    assert first(mapping, u="ann", i="tea", d=" ", h="").context == {}
    for wrong in ("context=d", "context.=d", "traits.device=d"):
        with pytest.raises(InvalidInput, match=r"is no field of 'click'.*or context\.NAME for what is known"):
            table_map("click", f"user=u,item=i,{wrong}")


def test_a_map_is_checked_before_anything_is_read() -> None:
    with pytest.raises(
        InvalidInput, match="kind = 'decision': is no kind of event that can be imported; use one of view"
    ):
        table_map("decision", "user=u")
    with pytest.raises(InvalidInput, match="columns = 'usr': is no field of 'click'; use some of item, position, id"):
        table_map("click", "usr=u")
    with pytest.raises(InvalidInput, match="columns = 'received'"):
        table_map("click", "received=r")
    with pytest.raises(InvalidInput, match=r"columns = 'user': must be field=column; e\.g\."):
        table_map("click", "user")
    with pytest.raises(InvalidInput, match="columns = 'u': is not in the file; its columns are user_id, item_id"):
        check_columns(table_map("click", "user=u,item=item_id"), ["user_id", "item_id"])


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("893250638", 893_250_638_000),
        ("893250638.5", 893_250_638_500),
        (893_250_638_000, 893_250_638_000),
        ("1998-04-22T13:10:38Z", 893_250_638_000),
        ("1998-04-22 15:10:38+02:00", 893_250_638_000),
        (" 1998-04-22 13:10:38 ", 893_250_638_000),
        (datetime(1998, 4, 22, 13, 10, 38, tzinfo=UTC), 893_250_638_000),
        (datetime(1998, 4, 22, 13, 10, 38), 893_250_638_000),  # noqa: DTZ001 - tables say UTC by saying nothing
        (date(1970, 1, 2), 86_400_000),
    ],
)
def test_times_of_tables(cell: Any, expected: int) -> None:
    assert when(cell) == expected


def test_traits_of_tables() -> None:
    cells = [
        "1",
        "-1.5",
        "1e5",
        "007",
        "",
        "  ",
        None,
        True,
        3,
        float("nan"),
        Decimal("1.5"),
        ["a", "b"],
        date(2024, 1, 2),
    ]
    assert [scalar(cell) for cell in cells] == [
        1, -1.5, "1e5", "007", None, None, None, True, 3, None, 1.5, "a, b", "2024-01-02",
    ]  # fmt: skip
