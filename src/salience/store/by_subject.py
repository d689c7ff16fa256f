"""The rows of one person in the embedded log: an index in buckets of rows, so that inserts stay in one place.

An index over the person alone has its newest entries everywhere: a commit of 2,000 rows writes 2,000 pages anew, and
each of them twice. Here the bucket of a row (its number without the last 14 bits) comes first, so what is inserted goes
into the same few pages until the bucket is full: half the time of a commit, a tenth of its writing. A person is looked
up in one bucket after the other, newest first: a million rows are 62 look-ups of some microseconds.
"""

from __future__ import annotations

from collections.abc import Iterator

import apsw

BITS = 14
INDEX = f"CREATE INDEX events_by_subject ON events (seq >> {BITS}, subject) WHERE subject <> ''"
_BUCKETS = (
    "WITH RECURSIVE bucket (n) AS"  # noqa: S608 - our own text, here and below
    f" (SELECT ?1 >> {BITS} UNION ALL SELECT n + 1 FROM bucket WHERE n < ?2 >> {BITS})"
)
_IN_THEM = f"FROM bucket CROSS JOIN events ON seq >> {BITS} = n WHERE subject <> '' AND +seq"
"""The plus keeps SQLite from reading all rows of a range instead of the few in the index."""

OF_SUBJECT = (
    f"{_BUCKETS} SELECT seq, body, crc {_IN_THEM} BETWEEN ?1 AND ?2 AND subject = ?3 ORDER BY seq DESC LIMIT ?4"
)
NEWEST = """SELECT subject, seq, body, crc FROM events
    WHERE seq IN (SELECT max(seq) FROM events WHERE subject <> '' GROUP BY subject)"""
FIRST, MORE = 64 << BITS, 4


def marked(count: int) -> str:
    """The numbers of rows above ?1 and up to ?2 that are about one of ``count`` people, the first ?3 of them."""
    marks = ", ".join(f"?{at + 4}" for at in range(count))
    return f"{_BUCKETS} SELECT seq {_IN_THEM} > ?1 AND +seq <= ?2 AND subject IN ({marks}) ORDER BY seq LIMIT ?3"


def spans(last: int) -> Iterator[tuple[int, int]]:
    """Ranges of rows (from, to) that cover 1 to ``last``, newest first, each larger than the one before."""
    size = FIRST
    while last > 0:
        yield max(last - size + 1, 1), last
        last, size = last - size, size * MORE


def bring_up(db: apsw.Connection) -> None:
    """Make the index, where a log of an earlier version has another one. Inside a transaction of the caller's."""
    found = db.execute("SELECT sql FROM sqlite_schema WHERE name = 'events_by_subject'").fetchone()
    if found is None or found[0] != INDEX:
        db.execute("DROP INDEX IF EXISTS events_by_subject")
        db.execute(INDEX)


def is_up(db: apsw.Connection) -> bool:
    """Whether there is nothing to bring up."""
    return bool(db.execute("SELECT 1 FROM sqlite_schema WHERE sql = ?", (INDEX,)).fetchone())
