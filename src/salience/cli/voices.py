"""`salience import voices FILE.csv`: voice messages become text events; the sound itself is not kept."""

from __future__ import annotations

import csv
import hashlib
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salience.events.fault import InvalidInput

if TYPE_CHECKING:
    from salience.engine import Engine

FIELDS = ("item", "session", "time")


def voices(engine: Engine, path: Path, args: Namespace, say: Callable[[str], None]) -> Iterator[bytes]:
    """One message event for each row of a table with the columns file and user (or anonymous), and perhaps item, time.

    Names of files are relative to the table. What was not understood is said, and makes no event.
    """
    import msgspec

    from salience.collect.importers.table import when

    listener = None  # loaded for the first sound that is there: it takes seconds
    rows = _rows(path)
    for number, row in enumerate(rows, 2):
        sound = (path.parent / row["file"]).resolve()
        if not sound.is_relative_to(path.parent.resolve()) or not sound.is_file():
            say(f"line {number}: file = {row['file']!r}: is not in the folder of the table")
            continue
        if listener is None:
            listener = engine.listener()
        raw = sound.read_bytes()
        try:
            heard, seconds = engine.hear(raw, listener, row["file"])
        except InvalidInput as error:
            say(f"line {number}: {error}")
            continue
        if not heard.sure:
            say(f"line {number}: {row['file']} was not understood (confidence {heard.confidence:.2f})")
            continue
        event: dict[str, Any] = {
            "kind": "message",
            "id": hashlib.sha256(raw + repr(sorted(row.items())).encode()).hexdigest()[:32],
            "text": heard.text,
            "channel": "voice",
            "context": {"language": heard.language, "confidence": heard.confidence, "seconds": round(seconds, 1)},
        }
        event["anonymous" if args.ids == "anonymous" else "user"] = row["user"]
        event |= {name: row[name] for name in FIELDS if row.get(name)}
        if "time" in event:
            event["time"] = when(event["time"])
        yield msgspec.json.encode(event)


def _rows(path: Path) -> list[Mapping[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        for column in ("file", "user"):
            if column not in (reader.fieldnames or ()):
                rule = f"has no column {column}"
                raise InvalidInput("file", str(path), rule, "its columns are file, user and, if known, item, time")
        return [{name: (value or "").strip() for name, value in row.items() if name} for row in reader]
