"""Files of labelled texts as people have them: which mark stands between label and text, which side, which encoding.

The layout is found once, on the training file, and the test file is read the same way.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from salience.cli import show
from salience.cli.bench.encodings import decoded
from salience.cli.bench.transactions import split
from salience.collect.importers.lines import LONGEST
from salience.collect.importers.lines import lines as raw_lines
from salience.events.fault import InvalidInput

LABELS = (
    "label", "class", "target", "sentiment", "y", "category", "polarity", "stars", "rating", "intent", "topic",
    "overall", "score",
)  # fmt: skip
TEXTS = (
    "text", "review", "sentence", "comment", "content", "question", "document", "body", "tweet", "message",
    "reviewtext", "utterance", "phrase",
)  # fmt: skip
WAY = "write `label text`, the label first, or a CSV with the columns label and text"
FEWER = 4
LEAST = 10  # rows, from which labels tell a line of names
MOST_LINES = 100  # of one cell: beyond, its quote was never closed
Labelled = list[tuple[str, str]]


@dataclass(frozen=True)
class Layout:
    """``mark`` splits a row ("json": an object a line); ``label`` and ``text`` are columns, text None: all the rest.

    ``quoted``: as CSV has it. ``titled``: the first row names the columns, ``width`` of them (0: no matter);
    ``heads``: the first row, where only its looks say that it names columns.
    """

    mark: str
    label: int | str
    text: int | str | None
    quoted: bool = False
    titled: bool = False
    width: int = 0
    heads: tuple[str, ...] = ()


def labelled(option: str, name: str, layout: Layout | None = None) -> tuple[Labelled, Layout]:
    """(label, text) of every row, and the layout they were found in. A row without a text keeps its label and ""."""
    lines = decoded([raw for _, raw in raw_lines(Path(name).expanduser())])
    if not any(line.strip() for line in lines):
        raise InvalidInput(option, name, "is empty", WAY)
    found = layout or _layout(option, name, lines)
    if found.heads:
        show.say(f"the first line, {found.mark.join(found.heads)!r}, is taken for names of columns")
    rows = [pair for at, row in enumerate(_rows(lines, found)) if (pair := _pair(row, found, at)) is not None]
    if not rows:
        raise InvalidInput(option, name, "has no labelled text", WAY)
    return rows, found


def _rows(lines: Sequence[str], layout: Layout) -> Iterable[Sequence[str] | dict[str, object]]:
    if layout.mark == "json":
        return _objects(lines)
    if layout.quoted:
        return [row for row in _quoted(lines, layout.mark) if any(cell.strip() for cell in row)]
    whole = [line.strip("\r\n") for line in lines if line.strip()]
    if layout.label == 0 and layout.text is None:
        return [[*line.lstrip().split(layout.mark, 1), ""][:2] for line in whole]
    if layout.label == -1 and layout.text is None:
        return [["", *line.rstrip().rsplit(layout.mark, 1)][-2:] for line in whole]
    return [line.split(layout.mark) for line in whole]


def _quoted(lines: Sequence[str], mark: str) -> list[list[str]]:
    """As CSV has it; line by line, where a quote that nothing closes would take the lines behind it."""
    if sum(line.count('"') for line in lines) % 2 == 0:
        limit = csv.field_size_limit(LONGEST)
        try:
            rows = list(csv.reader(lines, delimiter=mark))
        finally:
            csv.field_size_limit(limit)
        if not any(cell.count("\n") > MOST_LINES for row in rows for cell in row):
            return rows
    return [split(line.strip("\r\n"), mark) for line in lines]


def _objects(lines: Sequence[str]) -> list[dict[str, object]]:
    """One a line, or a list of them."""
    whole = "".join(lines)
    found = json.loads(whole) if whole.lstrip().startswith("[") else [json.loads(one) for one in lines if one.strip()]
    return [one for one in found if isinstance(one, dict)]


def _pair(row: Sequence[str] | dict[str, object], layout: Layout, at: int) -> tuple[str, str] | None:
    if isinstance(row, dict):
        return str(row.get(str(layout.label), "")).strip(), str(row.get(str(layout.text), ""))
    label, text = layout.label, layout.text
    assert not isinstance(label, str)  # noqa: S101 - only JSON has names
    if at == 0 and ((layout.titled and _named(row, LABELS + TEXTS)) or _bare(row) == layout.heads):
        return None
    if len(row) == 1:
        return row[0].strip(), ""
    if isinstance(text, int):
        row = _whole(row, layout)
        return (row[label].strip(), row[text]) if max(label, text) < len(row) else (row[0].strip(), "")
    rest = [cell for place, cell in enumerate(row) if place != label % len(row)]
    return row[label].strip().removeprefix("__label__"), (layout.mark if layout.quoted else " ").join(rest)


def _whole(row: Sequence[str], layout: Layout) -> Sequence[str]:
    """A row with more cells than names: the marks too many are the text's, which nobody has quoted."""
    text, over = layout.text, len(row) - layout.width
    if not isinstance(text, int) or not layout.width or over <= 0:
        return row
    return [*row[:text], layout.mark.join(row[text : text + over + 1]), *row[text + over + 1 :]]


def _named(row: Sequence[str], names: Sequence[str]) -> list[int]:
    """The cells that are such a name, in the names' order."""
    low = [cell.strip().casefold() for cell in row]
    return [low.index(name) for name in names if name in low]


def _layout(option: str, name: str, lines: Sequence[str]) -> Layout:
    """JSON lines; else the first of tab, comma, semicolon, bar and space under which labels come again."""
    filled = [line for line in lines if line.strip()]
    if filled[0].lstrip().startswith(("{", "[{")) or filled[0].strip() == "[":
        return _json(option, name, filled)
    for mark in ("\t", ",", ";", "|"):
        if all(mark in line for line in filled[:1]) and (made := _columns(lines, filled, mark)):
            return made
    if sum(line.split()[0] == filled[0].split()[0] for line in filled) == len(filled) > 1:
        rule = f"has one label only, {filled[0].split()[0]!r}"
        raise InvalidInput(option, name, rule, "give texts of two labels or more")
    kinds = {place: _spaced(filled, place) for place in (0, -1)}
    if kinds[0] or kinds[-1]:  # where both sides could be labels, the first is, unless the last has far fewer
        place = -1 if kinds[-1] and (not kinds[0] or FEWER * kinds[-1] <= kinds[0]) else 0
        return Layout(" ", place, None, titled=(filled[0].split() or [""])[place].casefold() in LABELS)
    raise InvalidInput(option, name, "is not lines of a label and a text, or has one label only", WAY)


def _spaced(filled: Sequence[str], place: int) -> int:
    """How many labels there are at one end of the lines, 0 where those are none; a full stop is no label."""
    labels = [(line.split() or [""])[place] for line in filled]
    labels = labels[labels[0].casefold() in LABELS :]
    often = max((labels.count(one) for one in set(labels[:100])), default=0)
    plain = place == 0 or (often < 0.9 * len(labels) and all(any(c.isalnum() for c in one) for one in set(labels)))
    return len(set(labels)) if plain and _comes_again(labels) else 0


def _columns(lines: Sequence[str], filled: Sequence[str], mark: str) -> Layout | None:
    quoted = mark != "\t" or any(line.lstrip().startswith('"') for line in filled[:50])
    rows = [row for row in _quoted(lines, mark) if any(row)] if quoted else [line.split(mark) for line in filled]
    names, texts = _named(rows[0], LABELS), _named(rows[0], TEXTS)
    if names and texts:
        return Layout(mark, names[0], texts[0], quoted, titled=True, width=len(rows[0]))
    titled = bool(names) and len(rows) > 1 and not _named(rows[1], LABELS)
    body = rows[1:] if titled else rows
    if sum(len(row) > 1 for row in body) < 0.98 * len(body):
        return None
    if titled:
        return Layout(mark, names[0], None, quoted, titled=True)
    width = len(body[0])
    places = range(width) if width > 2 and all(len(row) == width for row in body) else (0, -1)
    for place in (0, -1, *places):
        labels = [row[place].strip() for row in body]
        heads = _heads(body, labels)
        if _comes_again(labels) and max(map(len, labels)) <= 100:
            if width == 2 or place in (0, -1):
                rest = [c for c in range(width) if c != place % width]
                whole = len(places) <= 2 or width == 2
                longest = None if whole else max(rest, key=lambda c: len(body[0][c]))
                return Layout(mark, place, longest, quoted, heads=heads)
            others = [c for c in places if c != place]
            longest = max(others, key=lambda c: sum(len(row[c]) for row in body))
            return Layout(mark, place, longest, quoted, heads=heads)
    return None


def _heads(body: Sequence[Sequence[str]], labels: Sequence[str]) -> tuple[str, ...]:
    """The first row, if it looks like names nobody knows: a label that never comes again, where all others do, and a
    few short words."""
    times = Counter(labels)
    if len(body) < LEAST or times[labels[0]] > 1 or min(times[label] for label in labels[1:]) < 2:
        return ()
    typical = sorted(sum(map(len, row)) for row in body)[len(body) // 2]
    return _bare(body[0]) if 2 * sum(map(len, body[0])) < typical else ()


def _bare(row: Sequence[str]) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in row)


def _json(option: str, name: str, filled: Sequence[str]) -> Layout:
    try:
        first = {key.casefold(): key for key in _objects(filled)[0]}
    except (ValueError, IndexError):
        raise InvalidInput(option, name, "looks like JSON but is not", "write one object a line") from None
    label = next((first[one] for one in LABELS if one in first), None)
    text = next((first[one] for one in TEXTS if one in first), None)
    if label is None or text is None:
        raise InvalidInput(option, name, "has no `label` and `text` in its objects", WAY)
    return Layout("json", label, text)


def _comes_again(labels: Sequence[str]) -> bool:
    """Two labels or more, and few enough to be labels: half of the rows at most, no more than grow like sqrt(n)."""
    kinds = len(set(labels))
    return (
        2 <= kinds <= max(2, min(len(labels) / 2, 4 * len(labels) ** 0.5)) and kinds < len(labels) and "" not in labels
    )
