"""Reading the files of the protocols: every fault names the file, the line and the rule. Ids stay strings."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from salience.cli.bench.encodings import decoded
from salience.collect.importers.lines import LONGEST, lines, whole
from salience.events.fault import InvalidInput


def texts(option: str, name: str) -> Iterator[tuple[int, str]]:
    """(number from 1, line without its end) of every line that is not blank."""
    path = Path(name).expanduser()
    for number, raw in lines(path):
        if len(raw) == LONGEST and not raw.endswith(b"\n"):
            raise wrong(option, name, number, f"is longer than {LONGEST:,} bytes", "one history a line")
        try:
            text = raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            raise wrong(option, name, number, "is not UTF-8", "convert the file") from None
        if text.strip():
            yield number, text


def in_any_encoding(option: str, name: str) -> list[tuple[int, str]]:
    """As `texts`, of a file that may be in UTF-16, Windows-1252 or GB 18030 (`encodings.decoded`)."""
    raw = whole(Path(name).expanduser())
    try:  # nearly every file is UTF-8 throughout
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "".join(decoded(io.BytesIO(raw).readlines()))
    text = text.replace("\r\n", "\n")
    if "\r" in text:  # alone: lines that end as on old Macintoshes, or a blank within one
        text = text.replace("\r", " " if "\n" in text.rstrip("\n") else "\n")
    found = text.split("\n")
    if max(map(len, found)) >= LONGEST:
        raise InvalidInput(option, name, f"has a line of more than {LONGEST:,} bytes", "one row a line")
    return [(number, line) for number, line in enumerate(found, 1) if line and not line.isspace()]


def rows(option: str, name: str, found: Sequence[str], mark: str, *, trim: bool = False) -> Iterator[list[str]]:
    """The cells of lines, quoted as CSV has it; ``trim``: blanks after a mark are none of a cell's."""
    limit = csv.field_size_limit(LONGEST)
    try:
        yield from csv.reader(found, delimiter=mark, skipinitialspace=trim)
    except csv.Error as error:
        way_out = "close every quote, or take quotes out"
        raise InvalidInput(option, name, f"cannot be read as CSV: {error}", way_out) from None
    finally:
        csv.field_size_limit(limit)  # the importers count on theirs


def histories(option: str, name: str) -> dict[str, list[str]]:
    """Lines `user item item ...`; lines of one user are joined."""
    found: dict[str, list[str]] = {}
    for _, text in texts(option, name):
        user, *items = text.split()
        found.setdefault(user, []).extend(items)
    return _some(option, name, found)


def links(option: str, name: str) -> list[tuple[str, str]]:
    """Lines `user friend`: the second is a friend of the first, or is trusted by them."""
    found = []
    for number, text in texts(option, name):
        pair = text.split()
        if len(pair) != 2:
            raise wrong(option, name, number, f"has {len(pair)} words", "lines are `user friend`")
        found.append((pair[0], pair[1]))
    if not found:
        raise InvalidInput(option, name, "holds no lines", "lines are `user friend`")
    return found


def sequences(option: str, name: str) -> list[tuple[str, list[str]]]:
    """Lines `user item item ...` in order of time; lines of one user are joined, a user without items is left out."""
    return [(user, items) for user, items in histories(option, name).items() if items]


def sessions(option: str, name: str) -> list[list[str]]:
    """Lines `item item ...`, the oldest session first."""
    found = [text.split() for _, text in texts(option, name)]
    if not found:
        raise InvalidInput(option, name, "holds no lines", "lines are `item item ...`")
    return found


def tests(option: str, name: str) -> list[tuple[list[str], str]]:
    """Lines `item item ... TAB target`."""
    found = []
    for number, text in texts(option, name):
        prefix, _, target = text.partition("\t")
        if not prefix.split() or len(target.split()) != 1:
            raise wrong(option, name, number, "is not a prefix, a tab and one target", "e.g. `a b c<TAB>d`")
        found.append((prefix.split(), target.strip()))
    if not found:
        raise InvalidInput(option, name, "holds no lines", "lines are `prefix TAB target`")
    return found


def wrong(option: str, name: str, number: int, rule: str, way_out: str) -> InvalidInput:
    """A fault of one line."""
    return InvalidInput(option, name, f"line {number:,} {rule}", way_out)


def _some(option: str, name: str, found: dict[str, list[str]]) -> dict[str, list[str]]:
    if not any(found.values()):
        raise InvalidInput(option, name, "holds no items", "lines are `user item item ...`")
    return found
