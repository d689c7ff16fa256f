"""Files are read by their name, and their columns are recognised or asked for."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from salience.cli.reading import reader
from salience.events import Click, Identify, InvalidInput, Item, Purchase, Rating


def args(what: str, **given: Any) -> Namespace:
    return Namespace(
        **({"what": what, "columns": "", "kind": "", "scale": "", "separator": "|", "ids": "account"} | given)
    )


def read(what: str, path: Path, **given: Any) -> list[Any]:
    return list(reader(args(what, **given), path)(lambda done, total: None))


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_usual_columns_are_recognised(tmp_path: Path) -> None:
    path = written(tmp_path / "ratings.csv", "userId,movieId,rating,timestamp\n7,50,4,881250949\n")
    (event,) = read("interactions", path)
    assert isinstance(event, Rating)
    assert (event.user, event.item, event.value, event.time) == ("7", "50", 4.0, 881250949000)


def test_of_a_purchase_the_order_and_the_number_bought_are_recognised(tmp_path: Path) -> None:
    head = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID"
    path = written(tmp_path / "shop.csv", f"{head}\n536365,85123A,HOLDER,6,2010-12-01T08:26:00,2.55,17850\n")
    (event,) = read("events", path, kind="purchase")
    assert isinstance(event, Purchase)
    assert (event.user, event.item, event.order) == ("17850", "85123A", "536365")
    assert (event.quantity, event.price, event.time) == (6.0, 2.55, 1291191960000)


def test_columns_that_no_field_takes_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path / "shop.csv", "user,item,value,time\nann,tea,8,2024-01-01\n")
    read("events", path, kind="purchase")
    said = capsys.readouterr().err
    assert "shop.csv: not used: value" in said
    assert "price" in said
    read("events", path, kind="purchase", columns="price=value")
    assert not capsys.readouterr().err


def test_typed_headers_are_recognised(tmp_path: Path) -> None:
    path = written(tmp_path / "ml.tsv", "user_id:token\titem_id:token\ttimestamp:float\n7\t50\t881250949\n")
    (event,) = read("interactions", path)
    assert isinstance(event, Click)  # without a grade it is a choice


def test_a_scale_belongs_to_ratings(tmp_path: Path) -> None:
    path = written(tmp_path / "r.csv", "user,item,rating\nann,tea,8\n")
    (event,) = read("interactions", path, scale="0:10")
    assert event.share == 0.8


def test_items_and_users_keep_their_other_columns(tmp_path: Path) -> None:
    items = written(tmp_path / "items.csv", "item,title,genres,colour\n50,Star Wars,Action|War,black\n")
    (item,) = read("items", items)
    assert isinstance(item, Item)
    assert (item.title, item.categories, item.attributes) == ("Star Wars", ("Action", "War"), {"colour": "black"})
    users = written(tmp_path / "users.jsonl", '{"user": "ann", "age": 24}\n')
    (user,) = read("users", users)
    assert isinstance(user, Identify)
    assert user.traits == {"age": 24}


def test_lines_of_events_are_passed_on_as_they_are(tmp_path: Path) -> None:
    path = written(tmp_path / "e.jsonl", '{"kind":"click"}\n\nnonsense\n')
    assert read("events", path) == [b'{"kind":"click"}', b"nonsense"]


def test_a_table_of_events_needs_a_kind(tmp_path: Path) -> None:
    path = written(tmp_path / "e.csv", "user,item\nann,tea\n")
    with pytest.raises(InvalidInput, match=r"kind = 'purchse'.*did you mean 'purchase'"):
        read("events", path, kind="purchse")
    (event,) = read("events", path, kind="purchase")
    assert event.kind == "purchase"


def test_a_misspelt_column_gets_the_near_one(tmp_path: Path) -> None:
    path = written(tmp_path / "r.csv", "userId,movieId\n7,50\n")
    with pytest.raises(InvalidInput, match=r"columns = 'movieID': is not in the file; did you mean 'movieId'\?"):
        read("interactions", path, columns="item=movieID")


def test_a_needed_field_without_a_column_is_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path / "r.csv", "who,movieId\n7,50\n")
    with pytest.raises(InvalidInput, match=r"columns = 'user'.*--columns user=COLUMN with one of who, movieId"):
        read("interactions", path)
    (event,) = read("interactions", path, columns="user=who")
    assert event.user == "7"


def test_a_name_that_says_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="its name does not say what it holds"):
        read("events", written(tmp_path / "data.bin", "x"))


def test_a_scale_that_is_none_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "r.csv", "user,item,rating\nann,tea,8\n")
    with pytest.raises(InvalidInput, match="scale = 'ten'"):
        read("interactions", path, scale="ten")
