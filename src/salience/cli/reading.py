"""Which importer reads a file, and which of its columns is which field of an event."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from salience.cli import show
from salience.cli.parser import did_you_mean
from salience.collect.columns import SHORT_WAY, Blocks
from salience.collect.importers import aside
from salience.collect.importers.delimited import csv_blocks, read_csv
from salience.collect.importers.exported import read_exported
from salience.collect.importers.jsonl import read_events, read_rows
from salience.collect.importers.lines import lines
from salience.collect.importers.parquet import drawn_blocks, parquet_blocks, read_parquet
from salience.collect.importers.table import KINDS, TableMap, check_columns, table_map
from salience.events import InvalidInput

Read: TypeAlias = Callable[[Callable[[int, int], None]], "Iterable[Any] | Blocks"]
"""Given a progress callback (bytes done, bytes in all), the rows of one file, or blocks of them."""

JSON_LINES, DELIMITED, PARQUET = (".jsonl", ".ndjson", ".json"), (".csv", ".tsv", ".txt"), (".parquet",)

USUAL: Mapping[str, Sequence[str]] = {
    "user": ("user", "userid", "uid", "customer", "customerid", "visitorid"),
    "item": ("item", "itemid", "iid", "product", "productid", "movieid", "sku", "asin", "stockcode"),
    "time": ("time", "timestamp", "date", "datetime", "ts", "invoicedate", "orderdate"),
    "value": ("value", "rating", "grade", "score", "stars"),
    "title": ("title", "name", "itemname", "productname"),
    "categories": ("categories", "category", "genres", "genre"),
    "price": ("price", "unitprice"),
    "quantity": ("quantity", "qty"),
    "order": ("order", "orderid", "orderno", "invoice", "invoiceno", "invoiceid"),
    "text": ("text", "description"),
}
"""Names that a column usually has, folded as `_folded` does; tried in this order when ``--columns`` does not say."""

FIELDS = {
    "items": ("item", "title", "categories", "text", "price", "time"),
    "users": ("user", "time"),
    "interactions": ("user", "item", "value", "time"),
}
NEEDED = {"items": ("item",), "users": ("user",), "interactions": ("user", "item")}


def reader(args: Namespace, path: Path) -> Read:
    """How to read ``path``; faults of columns are raised here, before anything is read."""
    form = _form(path)
    if args.what == "events" and form in JSON_LINES and not args.columns:
        return lambda progress: read_events(path, progress=progress)
    columns = columns_of(path, form)
    if args.what == "events" and not args.columns and not args.kind and "kind" in columns:
        return lambda progress: read_exported(path, form, progress=progress)
    mapping = mapping_of(args, columns)
    if unused := not_used(mapping, columns):
        show.say(f"{path.name}: not used: {', '.join(unused)}; {_would_take(mapping)}")
    if mapping.kind in SHORT_WAY and form not in JSON_LINES:
        return lambda progress: _blocks(path, form, mapping, progress)
    read = read_rows if form in JSON_LINES else read_parquet if form in PARQUET else read_csv
    return lambda progress: read(path, mapping, progress=progress)


def _blocks(path: Path, form: str, mapping: TableMap, progress: Callable[[int, int], None]) -> Blocks:
    if form not in PARQUET:
        table = Blocks(mapping, csv_blocks(path, mapping, progress))
        if aside.worth_it(path):
            table.aside = partial(aside.read, aside.Task(str(path), mapping), progress=progress)
        return table
    if (drawn := drawn_blocks(path, mapping, progress)) is not None:
        return Blocks(mapping, drawn)
    columns, blocks = parquet_blocks(path, progress)
    check_columns(mapping, columns)
    return Blocks(mapping, blocks)


def mapping_of(args: Namespace, columns: Sequence[str]) -> TableMap:
    """What ``--columns`` says, completed by the usual names among ``columns``."""
    given = dict(table_map(args.kind or "rating", args.columns).columns) if args.columns else {}
    for column in given.values():
        if column not in columns:
            way_out = did_you_mean(column, columns, f"the file has {', '.join(columns)}")
            raise InvalidInput("columns", column, "is not in the file", way_out)
    if args.what == "events":
        if args.kind not in KINDS:
            way_out = did_you_mean(args.kind, KINDS, "a table needs --kind click, or a column `kind`")
            raise InvalidInput("kind", args.kind, "is not a kind of event", way_out)
        fields = tuple(field for field in KINDS[args.kind].__struct_fields__ if field in USUAL)
    else:
        fields = FIELDS[args.what]
    found = {field: column for field in fields if (column := _usual(field, columns))} | given
    for field in NEEDED.get(args.what, ()):
        if field not in found:
            way_out = f"pass --columns {field}=COLUMN with one of {', '.join(columns)}"
            raise InvalidInput("columns", field, "no column of the file is known to hold this", way_out)
    kind = (
        {"items": "item", "users": "identify"}.get(args.what)
        or args.kind
        or ("rating" if "value" in found else "click")
    )
    if kind != "rating":
        found.pop("value", None)
    scale = _scale(args.scale) if kind == "rating" else {}
    return table_map(kind, found, constants=scale, ids=args.ids, separator=args.separator)


def not_used(mapping: TableMap, columns: Sequence[str]) -> list[str]:
    """Columns that no field takes; those of items and users become attributes and traits instead.

    >>> not_used(table_map("purchase", "user=who,item=what"), ["who", "what", "amount"])
    ['amount']
    """
    used = set(mapping.columns.values())
    return [] if mapping.kind in ("item", "identify") else [column for column in columns if column not in used]


def _would_take(mapping: TableMap) -> str:
    open_fields = [field for field in KINDS[mapping.kind].__struct_fields__ if field in USUAL]
    left = [field for field in open_fields if field not in mapping.columns]
    return f"--columns FIELD=COLUMN takes one in ({', '.join(left)})" if left else "every field has its column"


def columns_of(path: Path, form: str) -> list[str]:
    """The names of the columns: a header, the keys of the first object, or what Parquet says."""
    if form in PARQUET:
        import duckdb

        try:
            found = duckdb.connect(":memory:").execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
        except duckdb.Error as error:
            raise InvalidInput("file", str(path), f"is not Parquet: {error}", "name a Parquet file") from None
        return [str(row[0]) for row in found]
    first = next(lines(path), (1, b""))[1].decode("utf-8-sig", "replace").strip()
    if form in JSON_LINES:
        import msgspec

        try:
            return list(msgspec.json.decode(first, type=dict[str, Any]))
        except msgspec.DecodeError as error:
            raise InvalidInput(
                "file", str(path), f"its first line is not a JSON object: {error}", "one object a line"
            ) from None
    separator = max("\t,;|", key=first.count)
    return [column.strip().strip('"') for column in first.split(separator)]


def _form(path: Path) -> str:
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    form = suffixes[-1] if suffixes else ""
    if form not in (*JSON_LINES, *DELIMITED, *PARQUET):
        way_out = "JSON lines: .jsonl; tables: .csv, .tsv, .parquet; all but Parquet may end in .gz"
        raise InvalidInput("file", str(path), "its name does not say what it holds", way_out)
    return form


def _usual(field: str, columns: Sequence[str]) -> str:
    folded = {_folded(column): column for column in reversed(columns)}
    return next((folded[name] for name in USUAL.get(field, ()) if name in folded), "")


def _folded(column: str) -> str:
    """``user_id:token`` and ``userId`` are both ``userid``."""
    return "".join(letter for letter in column.partition(":")[0].casefold() if letter.isalnum())


def _scale(words: str) -> dict[str, float]:
    if not words:
        return {}
    low, _, high = words.partition(":")
    try:
        return {"low": float(low), "high": float(high)}
    except ValueError:
        raise InvalidInput("scale", words, "must be LOW:HIGH", "e.g. --scale 0:10") from None
