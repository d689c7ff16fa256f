"""Sealed segments: rows of the log as immutable Parquet files, for analytics. Never the only copy of an event.

A file holds the rows of one range, which its name says; once it lies there it does not change. It is written aside,
synced and renamed, and its checksum goes into an index. Whatever takes rows out of the log (an erasure, an expiry)
drops all segments, which can be sealed anew at any time.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from salience.store.durable import sync_tree, write_file

INDEX = "index.json"


class Segment(Struct, frozen=True):
    """Rows ``first`` to ``last`` of the log, of which ``events`` were still there, in the file ``name``."""

    first: int
    last: int
    events: int
    name: str
    sha256: str


class Segments:
    """The segments in one folder. One process writes; anybody reads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def list(self) -> tuple[Segment, ...]:
        """What is sealed, in order of the rows."""
        index = self.folder / INDEX
        return msgspec.json.decode(index.read_bytes(), type=tuple[Segment, ...]) if index.is_file() else ()

    @property
    def last(self) -> int:
        """The last row that is sealed."""
        return max((segment.last for segment in self.list()), default=0)

    def add(self, first: int, last: int, write: Callable[[Path], int]) -> Segment:
        """Seal rows: ``write(path)`` makes the file and says how many events it holds. The index comes last."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        path = self.folder / f"events-{first:012d}-{last:012d}.parquet"
        events = write(path)
        sync_tree(self.folder)
        made = Segment(first, last, events, path.name, _sum(path))
        write_file(self.folder / INDEX, msgspec.json.encode((*self.list(), made)))
        return made

    def damages(self) -> tuple[str, ...]:
        """Files that are not as they were sealed."""
        wrong = [one.name for one in self.list() if _sum(self.folder / one.name) != one.sha256]
        return tuple(f"segment {name}: checksum differs" for name in wrong)

    def drop(self) -> int:
        """Remove all segments, the files before the index; how many events they held."""
        events = sum(segment.events for segment in self.list())
        if self.folder.is_dir():
            for path in self.folder.glob("*.parquet"):
                path.unlink()
            shutil.rmtree(self.folder)
        return events


def _sum(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
