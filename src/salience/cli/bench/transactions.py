"""Baskets as people have them: a basket a line, or an item a line, or a column an item; which one shows in the file.

1. A basket a line, items between commas, semicolons, tabs or bars, whichever the file has most of, else spaces. Quotes
   as CSV has them; `{a,b}` as R writes it; `["a", "b"]` as JSON; all of a basket in one quoted cell. A line of names
   (`items`, or `Item 1, Item 2, ...`, perhaps behind a count) is no basket.
2. Under a line of names with one of a basket and one of an item, `invoice,product`: an item a line, or an id and a
   quoted list. Without one of a basket, a basket is what a customer bought at one time.
3. Under a line of names, nothing but 0 and 1 (or true and false): a column an item.

Whatever is not a basket a line without names is said. Blank lines are no baskets, and cells without anything no items.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence

from salience.cli import show
from salience.cli.bench.baskets_by_user import BASKET, ITEM, TIME, USER
from salience.cli.bench.files import in_any_encoding
from salience.cli.bench.files import rows as quoted
from salience.events.fault import InvalidInput

Rows = list[list[str]]
MARKS = ",;\t|"
OF = BASKET | {"transactionid", "transactionno", "invoiceid", "billno", "receipt", "receiptid", "ticket", "tid", "cart"}
PERSON = USER | {"member", "memberid", "membernumber", "clientid"}
THING = ITEM | {"items", "productname", "itemname", "itemdescription", "description", "article", "itemset"}
COUNT = frozenset({"item(s)", "items", "count", "n", "size"})
YES, NO = frozenset({"1", "1.0", "true", "t"}), frozenset({"0", "0.0", "false", "f", ""})
_PLACE = re.compile(r"item[ _]?\d+")


def transactions(option: str, name: str) -> Rows:
    """The baskets, each its items in the file's order."""
    lines = [text for _, text in in_any_encoding(option, name)]
    if not lines:
        raise InvalidInput(option, name, "has no transaction", "one a line, items separated by spaces or commas")
    lists = _json(lines)
    if lists is not None:
        return lists
    mark = max(MARKS, key=lambda sign: sum(text.count(sign) for text in lines))
    if not any(mark in text for text in lines):
        return [text.split() for text in lines]
    rows = [split(text, mark) for text in lines]
    if len(rows) == 1:
        return [_filled(rows[0])]
    heads = [cell.casefold() for cell in rows[0]]
    return _long(rows, heads, mark) or _wide(rows, heads) or _plain(rows, heads, mark)


def split(text: str, mark: str) -> list[str]:
    """The cells of one line. A quote that nothing closes is a letter like others, and takes no line with it.

    >>> split('"a, b", c', ","), split('"12 inch, c', ","), split("5\\" nails,c", ",")
    (['a, b', 'c'], ['"12 inch', 'c'], ['5" nails', 'c'])
    """
    if '"' not in text or text.count('"') % 2:
        return [cell.strip() for cell in text.split(mark)]
    (cells,) = quoted("file", text[:40], [text], mark, trim=True)
    return [cell.strip() for cell in cells]


def _filled(row: Sequence[str]) -> list[str]:
    return [cell for cell in row if cell]


def _json(lines: Sequence[str]) -> Rows | None:
    """Baskets that are JSON lists, one a line."""
    if not all(line.lstrip().startswith("[") for line in lines):
        return None
    try:
        found = [json.loads(line) for line in lines]
    except ValueError:
        return None
    return [[str(item) for item in basket] for basket in found] if all(isinstance(b, list) for b in found) else None


def _long(rows: Rows, heads: Sequence[str], mark: str) -> Rows | None:
    """Under names of a basket and an item: rows of one basket together, in the file's order."""
    plain = [re.sub(r"[^a-z]", "", head) for head in heads]
    of = _first(plain, OF) or sorted({*_first(plain, PERSON), *_first(plain, TIME)})
    if not of and len(heads) == 2 and plain[0] in ("id", ""):
        of = [0]
    thing = next((at for at, head in enumerate(plain) if head in THING and at not in of), None)
    if not of or thing is None or any(len(row) != len(heads) for row in rows[1:]):
        return None
    held: dict[tuple[str, ...], list[str]] = {}
    for row in rows[1:]:
        held.setdefault(tuple(row[at] for at in of), []).append(row[thing])
    lists = len(held) == len(rows) - 1 and any(mark in row[thing] for row in rows[1:])
    said = "a quoted list a line" if lists else "an item a line"
    show.say(f"read as {said}: the basket is {' and '.join(rows[0][at] for at in of)}, the item {rows[0][thing]}")
    return [_filled(_listed(cells[0], mark) if lists else cells) for cells in held.values()]


def _first(plain: Sequence[str], names: Collection[str]) -> list[int]:
    return [at for at, head in enumerate(plain) if head in names][:1]


def _wide(rows: Rows, heads: Sequence[str]) -> Rows | None:
    """Under names of items, 1 where one is in the basket and 0 where it is not."""
    width = len(heads)
    if width < 2 or len(set(heads)) < width or not all(heads) or set(heads) <= YES | NO:
        return None
    cells = {cell.casefold() for row in rows[1:] for cell in row}
    if any(len(row) != width for row in rows[1:]) or not cells <= YES | NO or not cells & YES:
        return None
    show.say(f"read as a column an item: {width:,} items, 1 where one is in the basket")
    return [[head for head, cell in zip(rows[0], row, strict=True) if cell.casefold() in YES] for row in rows[1:]]


def _plain(rows: Rows, heads: Sequence[str], mark: str) -> Rows:
    """A basket a line, without a line of names where the first is one, and a count before the items."""
    filled = [head for head in heads if head]
    named = filled[1:] if filled and filled[0] in COUNT else filled
    if named and all(_PLACE.fullmatch(head) for head in named):
        show.say("the first line names columns and is no basket")
        rows = rows[1:]
        if len(named) < len(filled) and all(row[0] == str(len(_filled(row[1:]))) for row in rows):
            rows = [row[1:] for row in rows]
    elif len(filled) == 1 and re.sub(r"[^a-z]", "", filled[0]) in THING | OF:
        show.say(f"the first line, {rows[0][0]!r}, is a name and no basket")
        rows = rows[1:]
    if all(len(_filled(row)) <= 1 for row in rows):  # all of a basket in one quoted cell
        rows = [_listed(cell, mark) for row in rows for cell in (_filled(row) or [""])]
    elif all(row[0].startswith("{") and _filled(row)[-1].endswith("}") for row in rows):
        rows = [_listed(mark.join(row), mark) for row in rows]
    return [_filled(row) for row in rows]


def _listed(cell: str, mark: str) -> list[str]:
    """``{a,b}`` or ``a,b``: a and b."""
    inside = cell[1:-1] if cell.startswith("{") and cell.endswith("}") else cell
    return split(inside, mark)
