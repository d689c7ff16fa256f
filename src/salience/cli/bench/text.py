"""`salience bench text`: which label a text has."""

from __future__ import annotations

import csv
from argparse import Namespace
from pathlib import Path

from salience.cli.bench import report, written
from salience.cli.parser import Parser
from salience.collect.importers.lines import lines as raw_lines
from salience.events.fault import InvalidInput


def add(parser: Parser) -> None:
    """What the task takes."""
    parser.add_argument("--train", metavar="FILE", required=True, help="lines `label text`")
    parser.add_argument("--test", metavar="FILE", required=True, help="as --train; only scored")


def run(args: Namespace) -> int:
    """Read, choose, tell, print."""
    written.check(args.out)
    train, test = labelled("train", args.train), labelled("test", args.test)
    from salience.train.bench_text import text

    return report.finish(args, lambda bench: text(train, test, bench))


def labelled(option: str, name: str) -> list[tuple[str, str]]:
    """Lines `label text`, between a tab, a comma or a space: whichever leaves the fewest labels."""
    lines = [line for line in (_decoded(raw) for _, raw in raw_lines(Path(name).expanduser())) if line.strip()]
    found = {mark: {line.split(mark, 1)[0] for line in lines} for mark in "\t, " if all(mark in x for x in lines)}
    if not lines or not found:
        raise InvalidInput(option, name, "is not lines of a label and a text", "write `label text`, the label first")
    mark = min(found, key=lambda one: len(found[one]))
    if mark == ",":
        rows = [(row[0].strip(), ",".join(row[1:])) for row in csv.reader(lines) if row]
    else:
        rows = [(label.strip(), rest) for label, _, rest in (line.partition(mark) for line in lines)]
    head = rows[0]
    titled = len(rows) > 1 and head[0].lower() in ("label", "class", "target", "sentiment", "y", "category")
    return rows[1:] if titled and len(head[1].split()) == 1 else rows


def _decoded(raw: bytes) -> str:
    """UTF-8; the corpora of the papers have some lines in Latin-1, in which every byte is a letter."""
    try:
        return raw.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        return raw.decode("latin-1").rstrip("\r\n")
