"""A column of dates as people write them, as numbers of days; a file is read one way throughout."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime

from salience.cli.bench.files import wrong
from salience.events.fault import InvalidInput

SHAPES = (
    "%Y%m%d", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%d.%m.%y", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%d %B %Y",
    "%b %d, %Y", "%B %d, %Y",
)  # fmt: skip
WAY_OUT = "write dates as 1997-09-30"
_TIME = re.compile(r"[ T]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AaPp][Mm])?$")
_EITHER = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4}|\d{2})$")
_SECONDS = re.compile(r"\d{10}(?:\d{3})?(?:\.\d+)?$")
_CENTURY = 69  # years of two digits below are of this century, as POSIX has it


def is_day(cell: str) -> bool:
    """Whether the cell looks like a date; seconds since 1970 do not, they could be anybody's number."""
    return day_of(cell) is not None or _split(cell) is not None


def day_of(cell: str) -> int | None:
    """The day's number in the calendar, or None if it is no date, or one that could be read in two ways.

    >>> day_of("19970930") == day_of("1997-09-30 12:15") == day_of("30.9.1997") == date(1997, 9, 30).toordinal()
    True
    """
    cell = cell.strip()
    if len(cell) < 8:
        return None
    if cell.isdecimal():
        cell = cell[:8] if len(cell) in (8, 12, 14) else ""  # with hours and minutes behind
    try:
        return (date if len(cell) == 10 and cell[4] == "-" else datetime).fromisoformat(cell).toordinal()
    except ValueError:
        pass
    plain = _TIME.sub("", cell)
    for shape in SHAPES:
        try:
            return datetime.strptime(plain, shape).toordinal()  # noqa: DTZ007 - a day of the shop's calendar
        except ValueError:
            continue
    return None


def days(option: str, name: str, cells: Sequence[str], lines: Sequence[int]) -> list[int]:
    """The day's number of each cell; ``lines``: where it stands, for errors. `InvalidInput` for what is no date.

    31/12/1997 and 12/31/1997 are told apart by the file's own days beyond the twelfth; a file without one is refused.
    """
    told: dict[str, int] = {}
    either: dict[str, tuple[int, int, int]] = {}
    for cell, line in zip(cells, lines, strict=True):
        if cell in told or cell in either:
            continue
        day, parts = day_of(cell), _split(cell)
        if day is None and _SECONDS.match(cell.strip()):
            day = _since_1970(cell.strip())
        if day is not None:
            told[cell] = day
        elif parts is not None:
            either[cell] = parts
        else:
            raise wrong(option, name, line, f"has no date in {cell!r}", WAY_OUT)
    if either:
        told |= _in_order(option, name, either, dict(zip(reversed(cells), reversed(lines), strict=True)))
    return [told[cell] for cell in cells]


def _split(cell: str) -> tuple[int, int, int] | None:
    """(first, second, year) of 31/12/1997, 12-31-97 and the like."""
    found = _EITHER.match(_TIME.sub("", cell.strip()))
    if found is None:
        return None
    first, second, year = map(int, found.groups())
    return first, second, year if year >= 100 else year + (2000 if year < _CENTURY else 1900)


def _in_order(option: str, name: str, either: dict[str, tuple[int, int, int]], lines: dict[str, int]) -> dict[str, int]:
    first, second = (max(parts[at] for parts in either.values()) for at in (0, 1))
    if first <= 12 and second <= 12:
        one = next(iter(either))
        raise InvalidInput(option, name, f"has dates like {one!r}, in which nothing tells day from month", WAY_OUT)
    told = {}
    for cell, (a, b, year) in either.items():
        day, month = (a, b) if first > 12 else (b, a)
        try:
            told[cell] = date(year, month, day).toordinal()
        except ValueError:
            way = "days first" if first > 12 else "months first"
            rule = f"has no date in {cell!r} (others have their {way})"
            raise wrong(option, name, lines[cell], rule, WAY_OUT) from None
    return told


def _since_1970(cell: str) -> int:
    whole = cell.partition(".")[0]
    return datetime.fromtimestamp(int(whole[:10]), UTC).toordinal()
