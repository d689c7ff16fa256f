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
INDEX = "CREATE INDEX events_by_subject ON events (seq >> 14, subject) WHERE subject <> ''"
OF_SUBJECT = """
WITH RECURSIVE bucket (n) AS (SELECT ?1 >> 14 UNION ALL SELECT n + 1 FROM bucket WHERE n < ?2 >> 14)
SELECT seq, body, crc FROM bucket CROSS JOIN events ON seq >> 14 = n
WHERE subject = ?3 AND subject <> '' AND +seq BETWEEN ?1 AND ?2 ORDER BY seq DESC LIMIT ?4"""
"""The plus keeps SQLite from reading all rows of a range instead of the few in the index."""

_MARKED = """
WITH RECURSIVE bucket (n) AS (SELECT ?1 >> 14 UNION ALL SELECT n + 1 FROM bucket WHERE n < ?2 >> 14)
SELECT seq FROM bucket CROSS JOIN events ON seq >> 14 = n
WHERE subject IN (?4) AND subject <> '' AND +seq > ?1 AND +seq <= ?2 ORDER BY seq LIMIT ?3"""
NEWEST = """SELECT subject, seq, body, crc FROM events
    WHERE seq IN (SELECT max(seq) FROM events WHERE subject <> '' GROUP BY subject)"""
FIRST, MORE = 64 << BITS, 4


def marked(count: int) -> str:
    """The numbers of rows above ?1 and up to ?2 that are about one of ``count`` people, the first ?3 of them."""
    return _MARKED.replace("?4", ", ".join(f"?{at + 4}" for at in range(count)))


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
