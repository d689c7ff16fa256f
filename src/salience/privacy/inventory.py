"""Everything that a workspace keeps, and whether it is about people (GDPR 5(2) and 30).

Access, erasure, retention and backup are driven from this list. A test compares it with a workspace that has really
been used: a table, file or folder that is not listed fails the build.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Literal, TypeAlias

from msgspec import Struct

Sort: TypeAlias = Literal["file", "folder", "table", "index"]


class Kept(Struct, frozen=True):
    """One thing that is kept. ``name``: path in the workspace folder (``*`` for a part of it), or table of ``log.db``.

    ``about``: whether it holds data about people; ``holds`` says what, ``until`` how long.
    """

    sort: Sort
    name: str
    about: Literal["people", "nobody"]
    holds: str
    until: str

    @property
    def personal(self) -> bool:
        """Whether access and erasure have to look into it."""
        return self.about == "people"


KEPT: tuple[Kept, ...] = (
    Kept("file", "salience.toml", "nobody", "settings", "the workspace is removed"),
    Kept("file", "keys.json", "nobody", "SHA-256 of the keys, and when they were made and end", "a key is revoked"),
    Kept("file", "lock", "nobody", "the process that holds the workspace", "the next process opens it"),
    Kept("file", "log.db", "people", "the tables below", "see the tables"),
    Kept("file", "log.db-wal", "people", "newest pages of log.db", "it is checkpointed, at the latest by closing"),
    Kept("file", "log.db-shm", "nobody", "which pages are in log.db-wal", "the log is closed"),
    Kept("folder", "models", "nobody", "published models", "see its files"),
    Kept("file", "models/current", "nobody", "which model is served, and its files", "the next publication"),
    Kept("folder", "models/*", "people", "a model: learned from people's behaviour", "ten newer ones are published"),
    Kept("file", "models/*/*", "people", "its arrays and manifest", "ten newer ones are published"),
    Kept("table", "schema_version", "nobody", "format of the tables", "the workspace is removed"),
    Kept(
        "table",
        "events",
        "people",
        "who did what, when; traits; consent; decisions",
        "no limit is set yet",
    ),
    Kept("index", "events_by_subject", "people", "user and anonymous ids", "as the table events"),
    Kept("index", "sqlite_autoindex_events_1", "people", "event ids", "as the table events"),
    Kept("table", "failed", "people", "raw bytes of events that failed, and why", "no limit is set yet"),
    Kept("table", "ledger", "nobody", "how many events came in and what became of them", "the workspace is removed"),
)


def listed(sort: Sort, name: str) -> Kept | None:
    """The entry for something found, or None: then the list is not complete.

    >>> listed("file", "models/v1/arrays.npz").personal, listed("table", "diary")
    (True, None)
    """
    for kept in KEPT:
        if kept.sort == sort and kept.name.count("/") == name.count("/") and fnmatchcase(name, kept.name):
            return kept
    return None
