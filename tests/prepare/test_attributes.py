"""Attributes: one column per category or trait, nothing invented where nothing is known."""

from salience.events import Item
from salience.prepare.attributes import LONGEST, describe, of_items


def test_items_by_category_and_attribute() -> None:
    made = of_items(
        [
            Item(id="1", item="tea", categories=("Drinks", "Hot"), price=4.0, attributes={"organic": True}),
            None,
            Item(id="2", item="cola", categories=("Drinks",), price=2.0, attributes={"organic": False, "maker": "C"}),
        ]
    )
    assert made is not None
    assert made.names == (
        "category=Drinks", "category=Hot", "price", "price known", "organic=true", "organic=false", "maker=C",
    )  # fmt: skip
    assert made.values.toarray().tolist() == [[1, 1, 1, 1, 1, 0, 0], [0, 0, 0, 0, 0, 0, 0], [1, 0, 0, 1, 0, 1, 1]]


def test_a_number_known_of_everything_needs_no_known_column() -> None:
    made = describe([{"age": 20}, {"age": 30}, {"age": 60.0}])
    assert made is not None
    assert made.names == ("age",)
    assert made.values.toarray().ravel().tolist() == [0, 0.25, 1]


def test_numbers_and_texts_under_one_name_are_choices() -> None:
    made = describe([{"size": 38}, {"size": "M"}])
    assert made is not None
    assert made.names == ("size=38", "size=M")


def test_null_prose_and_infinite_numbers_are_missing() -> None:
    assert describe([{"a": None, "b": "x" * (LONGEST + 1), "c": float("nan")}]) is None


def test_a_category_named_twice_counts_once() -> None:
    made = of_items([Item(id="1", item="tea", categories=("Hot", "Hot"))])
    assert made is not None
    assert made.values.toarray().tolist() == [[1]]
