"""Leave no byte behind: what was overwritten in a SQLite file, but still lies in its pages or its write-ahead log.

``secure_delete`` zeroes what is freed, yet pages that were split keep remains of their older cells. So after something
must be gone: emptying the write-ahead log, building the indexes anew, looking at the bytes, and only where they still
hold it writing the whole file anew.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from salience.store.connections import Connections, checkpoint
from salience.store.faults import Unavailable
from salience.store.scan import SHORTEST, occurrences

TRIES = 5
"""Tries to empty the write-ahead log; each waits as long as the connection waits for a lock."""

SMALL = 64 * 1024 * 1024
"""A file that is written anew without looking, where a word is too short to be looked for."""


def emptied(db: Connections, writing: AbstractContextManager[object]) -> None:
    """Bring the write-ahead log into the file. Readers of this process are gone in a moment, so wait for them.

    `Unavailable` while another process reads old pages.
    """
    if db.memory:
        return
    for left in reversed(range(TRIES)):
        with writing, db.writer() as writer:
            if not checkpoint(writer):
                return
        if not left:
            raise Unavailable("old pages are still in the write-ahead log: another process reads it")


def scrub(db: Connections, writing: threading.Lock | AbstractContextManager[object], words: Sequence[bytes]) -> None:
    """See above. ``words``: what must stand nowhere in the file; ``writing``: held while anything is written."""
    if db.memory:
        return
    with writing, db.writer() as writer:
        writer.execute("REINDEX")
    emptied(db, writing)
    path = Path(db.path)
    long = [word for word in words if len(word) >= SHORTEST]
    unclear = len(long) < len(words) and path.stat().st_size <= SMALL
    if unclear or occurrences(path, long):
        with writing, db.writer() as writer:
            writer.execute("PRAGMA temp_store = FILE")  # the file may be larger than memory
            writer.execute("VACUUM")
            writer.execute("PRAGMA temp_store = MEMORY")
        emptied(db, writing)
