"""Sealed segments: rows of the log as immutable Parquet files, for analytics. Never the only copy of an event.

A file holds the rows of one range, which its name says; once it lies there it does not change. It is written aside,
synced and renamed, and its checksum goes into an index. Whatever takes rows out of the log (an erasure, an expiry)
drops all segments afterwards, which can be sealed anew at any time. Sealing and dropping exclude each other, so a
segment that was being made of rows that went out meanwhile is dropped too, whichever process makes it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from salience.store.durable import alone, sync_tree, write_file

INDEX = "index.json"


class Segment(Struct, frozen=True):
    """Rows ``first`` to ``last`` of the log, of which ``events`` were still there, in the file ``name``."""

    first: int
    last: int
    events: int
    name: str
    sha256: str


class Segments:
    """The segments in one folder. Any process may seal, one at a time; anybody reads."""

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

    def add(self, last: int, most: int, write: Callable[[int, int, Path], int]) -> Segment | None:
        """Seal the next rows up to ``last``, at most so many; None if all are. The index comes last.

        ``write(first, last, path)`` reads the rows, makes the file and says how many events it holds.
        """
        self.folder.mkdir(mode=0o700, exist_ok=True)
        with alone(self.folder):
            first = self.last + 1
            if first > last:
                return None
            until = min(first + most - 1, last)
            path = self.folder / f"events-{first:012d}-{until:012d}.parquet"
            events = write(first, until, path)
            sync_tree(self.folder)
            made = Segment(first, until, events, path.name, _sum(path))
            write_file(self.folder / INDEX, msgspec.json.encode((*self.list(), made)))
            return made

    def damages(self) -> tuple[str, ...]:
        """Files that are not as they were sealed."""
        wrong = [one.name for one in self.list() if _sum(self.folder / one.name) != one.sha256]
        return tuple(f"segment {name}: checksum differs" for name in wrong)

    def drop(self) -> int:
        """Remove all segments, the files before the index; how many events they held."""
        if not self.folder.is_dir():
            return 0
        with alone(self.folder):  # the folder stays: whoever waits for it waits for this one
            events = sum(segment.events for segment in self.list())
            for path in (*self.folder.glob("*.parquet"), *self.folder.iterdir()):
                path.unlink(missing_ok=True)
            return events


def _sum(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
