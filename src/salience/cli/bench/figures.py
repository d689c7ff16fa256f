"""Numbers as people and spreadsheets write them, as `float` reads them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

_MONEY = r"\s*([-+]?)\s*[$€£¥]?\s*"
_PLAIN = re.compile(r"\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*")
_POINT = re.compile(_MONEY + r"(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d*)?|\.\d+)\s*[%$€£¥]?\s*")
_COMMA = re.compile(_MONEY + r"(\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+(?:,\d*)?(?:[eE][-+]?\d+)?|,\d+)\s*[%$€£¥]?\s*")


def figures(cells: Sequence[str], unknown: Collection[str], *, comma: bool) -> list[str] | None:
    """The cells without currencies, per cent signs and marks of thousands, with decimal points; None where they need
    nothing, or where one of them is no number.

    A column is read one way throughout. ``comma``: `1,234` alone is 1.234, as between semicolons, and not 1234.

    >>> figures(["1,234.50", "7", "NA"], {"NA"}, comma=False), figures(["1.234,50", "7"], (), comma=True)
    (['1234.50', '7', 'NA'], ['1234.50', '7'])
    >>> figures(["1,234", "-$5"], (), comma=False), figures(["1,234", "5"], (), comma=True)
    (['1234', '-5'], ['1.234', '5'])
    >>> figures(["x", "5"], (), comma=True)
    """
    told = {cell for cell in cells if cell.strip() not in unknown}
    if all(_PLAIN.fullmatch(cell) for cell in told):
        return None
    for shape in (_COMMA, _POINT) if comma else (_POINT, _COMMA):
        found = {cell: shape.fullmatch(cell) for cell in told}
        if all(found.values()):
            plain = {cell: _plain(match, shape is _COMMA) for cell, match in found.items() if match}
            return [plain.get(cell, cell) for cell in cells]
    return None


def _plain(match: re.Match[str], comma: bool) -> str:
    sign, number = match.groups()
    number = number.replace(".", "").replace(",", ".") if comma else number.replace(",", "")
    return ("-" if sign == "-" else "") + number
