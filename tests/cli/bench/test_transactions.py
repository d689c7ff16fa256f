"""One shop of five baskets in every layout that people have: always the same baskets."""

from __future__ import annotations

import bz2
import json
from pathlib import Path

import pytest

from salience.cli.bench.transactions import transactions
from salience.events.fault import InvalidInput

SHOP = [["whole milk", "rye bread", "tea"], ["whole milk", "rye bread"], ["rye bread", "tea"], ["tea"], ["salt", "tea"]]
ITEMS = ["whole milk", "rye bread", "tea", "salt"]


def lines(mark: str, quote: str = "") -> str:
    return "".join(mark.join(quote + item + quote for item in basket) + "\n" for basket in SHOP)


LONG = [(f"b{n}", item) for n, basket in enumerate(SHOP) for item in basket]
LAYOUTS = {
    "commas": lines(","),
    "blanks behind commas": lines(", "),
    "bars": lines("|"),
    "quotes": lines(";", '"'),
    "old Macintosh": lines(",").replace("\n", "\r"),
    "Windows": "\ufeff" + lines("\t").replace("\n", "\r\n"),
    "R": "".join("{" + ",".join(basket) + "}\n" for basket in SHOP),
    "R, named": "items\n" + "".join('"{' + ",".join(basket) + '}"\n' for basket in SHOP),
    "a quoted cell": "items\n" + "".join('"' + ",".join(basket) + '"\n' for basket in SHOP),
    "an id and a list": "id,items\n" + "".join(f'{n},"{",".join(basket)}"\n' for n, basket in enumerate(SHOP)),
    "JSON": "".join(json.dumps(basket) + "\n" for basket in SHOP),
    "an item a line": "order_id,product\n" + "".join(f"{basket},{item}\n" for basket, item in LONG),
    "a customer and a day": "Member_number;Date;itemDescription\n" + "".join(f"{b};2015-01-01;{i}\n" for b, i in LONG),
    "a count first": "Item(s),Item 1,Item 2,Item 3\n"
    + "".join(f"{len(b)}," + ",".join(([*b, "", ""])[:3]) + "\n" for b in SHOP),
    "a column an item": ",".join(ITEMS)
    + "\n"
    + "".join(",".join(str(int(i in b)) for i in ITEMS) + "\n" for b in SHOP),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_holds_the_same_baskets(layout: str, tmp_path: Path) -> None:
    file = tmp_path / "b.csv"
    file.write_bytes(LAYOUTS[layout].encode())
    assert list(map(sorted, transactions("file", str(file)))) == list(map(sorted, SHOP))


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252", "utf-8"])
def test_letters_of_other_encodings(encoding: str, tmp_path: Path) -> None:
    file = tmp_path / "b.csv"
    file.write_bytes("käse,tee zu 5 €\nkäse\n".encode(encoding))
    assert transactions("file", str(file)) == [["käse", "tee zu 5 €"], ["käse"]]


def test_a_quote_that_nothing_closes_takes_no_line_with_it(tmp_path: Path) -> None:
    file = tmp_path / "b.csv"
    file.write_text('"rye bread,tea\ntea,salt\n')
    assert transactions("file", str(file)) == [['"rye bread', "tea"], ["tea", "salt"]]
    file.write_text('"a","' + "x" * 200_000 + '"\n"a","b"\n')
    assert [len(item) for item in transactions("file", str(file))[0]] == [1, 200_000]


def test_a_basket_of_one_and_none_is_no_table(tmp_path: Path) -> None:
    file = tmp_path / "b.csv"
    file.write_text("0,1\n1\n0,1\n")
    assert transactions("file", str(file)) == [["0", "1"], ["1"], ["0", "1"]]


def test_what_is_packed_otherwise_is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "b.csv.bz2"
    file.write_bytes(bz2.compress(lines(",").encode()))
    with pytest.raises(InvalidInput, match=r"packed with bzip2.*unpack it"):
        transactions("file", str(file))
    file.write_bytes(b"\n")
    with pytest.raises(InvalidInput, match="no transaction"):
        transactions("file", str(file))
