"""Files of labelled texts as people have them: which mark stands between label and text, which side, which encoding.

The layout is found once, on the training file, and the test file is read the same way.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from salience.cli.bench.encodings import decoded
from salience.collect.importers.lines import lines as raw_lines
from salience.events.fault import InvalidInput

LABELS = ("label", "class", "target", "sentiment", "y", "category", "polarity", "stars", "rating", "intent", "topic")
TEXTS = ("text", "review", "sentence", "comment", "content", "question", "document", "body", "tweet", "message")
WAY = "write `label text`, the label first, or a CSV with the columns label and text"
FEWER = 4
Labelled = list[tuple[str, str]]


@dataclass(frozen=True)
class Layout:
    """``mark`` splits a row ("json": an object a line); ``label`` and ``text`` are columns, text None: all the rest.

    ``quoted``: as CSV has it. ``titled``: the first row names the columns.
    """

    mark: str
    label: int | str
    text: int | str | None
    quoted: bool = False
    titled: bool = False


def labelled(option: str, name: str, layout: Layout | None = None) -> tuple[Labelled, Layout]:
    """(label, text) of every row, and the layout they were found in. A row without a text keeps its label and ""."""
    lines = decoded([raw for _, raw in raw_lines(Path(name).expanduser())])
    if not any(line.strip() for line in lines):
        raise InvalidInput(option, name, "is empty", WAY)
    found = layout or _layout(option, name, lines)
    rows = [pair for at, row in enumerate(_rows(lines, found)) if (pair := _pair(row, found, at)) is not None]
    if not rows:
        raise InvalidInput(option, name, "has no labelled text", WAY)
    return rows, found


def _rows(lines: Sequence[str], layout: Layout) -> Iterable[Sequence[str] | dict[str, object]]:
    if layout.mark == "json":
        return [json.loads(line) for line in lines if line.strip()]
    if layout.quoted:
        return [row for row in csv.reader(lines, delimiter=layout.mark) if any(cell.strip() for cell in row)]
    whole = [line.strip("\r\n") for line in lines if line.strip()]
    if layout.label == 0 and layout.text is None:
        return [[*line.lstrip().split(layout.mark, 1), ""][:2] for line in whole]
    if layout.label == -1 and layout.text is None:
        return [["", *line.rstrip().rsplit(layout.mark, 1)][-2:] for line in whole]
    return [line.split(layout.mark) for line in whole]


def _pair(row: Sequence[str] | dict[str, object], layout: Layout, at: int) -> tuple[str, str] | None:
    if isinstance(row, dict):
        return str(row.get(str(layout.label), "")).strip(), str(row.get(str(layout.text), ""))
    label, text = layout.label, layout.text
    assert not isinstance(label, str)  # noqa: S101 - only JSON has names
    if at == 0 and layout.titled and _named(row, LABELS + TEXTS):
        return None
    if len(row) == 1:
        return row[0].strip(), ""
    if isinstance(text, int):
        return (row[label].strip(), row[text]) if max(label, text) < len(row) else (row[0].strip(), "")
    rest = [cell for place, cell in enumerate(row) if place != label % len(row)]
    return row[label].strip().removeprefix("__label__"), (layout.mark if layout.quoted else " ").join(rest)


def _named(row: Sequence[str], names: Sequence[str]) -> list[int]:
    """The cells that are such a name, in the names' order."""
    low = [cell.strip().casefold() for cell in row]
    return [low.index(name) for name in names if name in low]


def _layout(option: str, name: str, lines: Sequence[str]) -> Layout:
    """JSON lines; else the first of tab, comma, semicolon, bar and space under which labels come again."""
    filled = [line for line in lines if line.strip()]
    if filled[0].lstrip().startswith("{"):
        return _json(option, name, filled)
    for mark in ("\t", ",", ";", "|"):
        if all(mark in line for line in filled[:1]) and (made := _columns(lines, filled, mark)):
            return made
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
    rows = (
        [row for row in csv.reader(lines, delimiter=mark) if row] if quoted else [line.split(mark) for line in filled]
    )
    names, texts = _named(rows[0], LABELS), _named(rows[0], TEXTS)
    if names and texts:
        return Layout(mark, names[0], texts[0], quoted, titled=True)
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
        if _comes_again(labels) and max(map(len, labels)) <= 100:
            if width == 2 or place in (0, -1):
                rest = [c for c in range(width) if c != place % width]
                whole = len(places) <= 2 or width == 2
                return Layout(mark, place, None if whole else max(rest, key=lambda c: len(body[0][c])), quoted)
            others = [c for c in places if c != place]
            return Layout(mark, place, max(others, key=lambda c: sum(len(row[c]) for row in body)), quoted)
    return None


def _json(option: str, name: str, filled: Sequence[str]) -> Layout:
    try:
        first = json.loads(filled[0])
    except ValueError:
        raise InvalidInput(option, name, "looks like JSON but is not", "write one object a line") from None
    label = next((one for one in LABELS if one in first), None)
    text = next((one for one in TEXTS if one in first), None)
    if label is None or text is None:
        raise InvalidInput(option, name, "has no `label` and `text` in its objects", WAY)
    return Layout("json", label, text)


def _comes_again(labels: Sequence[str]) -> bool:
    """Two labels or more, and few enough to be labels: half of the rows at most, no more than grow like sqrt(n)."""
    kinds = len(set(labels))
    return (
        2 <= kinds <= max(2, min(len(labels) / 2, 4 * len(labels) ** 0.5)) and kinds < len(labels) and "" not in labels
    )
