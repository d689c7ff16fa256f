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
    """One thing that is kept. ``name``: path in the workspace folder (``*`` for a part of it), or table of
    ``log.db`` (of ``keys/people.db``: ``people.TABLE``).

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
    Kept("file", "mappings.toml", "nobody", "own event names in our words", "the workspace is removed"),
    Kept("file", "keys.json", "nobody", "SHA-256 of the keys, and when they were made and end", "a key is revoked"),
    Kept("file", "accounts.json", "nobody", "operators who sign in, and hashes of passwords", "an account is removed"),
    Kept("file", "oidc-secret", "nobody", "our secret at the OpenID provider", "another one is written there"),
    Kept("folder", "keys", "nobody", "the keys that seal personal fields, apart from the data", "see its files"),
    Kept(
        "file", "keys/workspace.json", "nobody", "workspace keys, which wrap people's keys", "rotation drops old ones"
    ),
    Kept("file", "keys/lock", "nobody", "nothing; who holds it changes workspace keys", "the workspace is removed"),
    Kept("file", "keys/people.db", "people", "whose key is which, wrapped", "a key is destroyed"),
    Kept("file", "keys/people.db-wal", "people", "newest pages of people.db", "it is checkpointed"),
    Kept("file", "keys/people.db-shm", "nobody", "which pages are in people.db-wal", "the keys are closed"),
    Kept("file", "keys/audit.json", "nobody", "the signed head of the audit chain", "the next row of the chain"),
    Kept("file", "privacy.db", "people", "the audit chain and the register of requests", "see the tables"),
    Kept("file", "privacy.db-wal", "people", "newest pages of privacy.db", "it is checkpointed"),
    Kept("file", "privacy.db-shm", "nobody", "which pages are in privacy.db-wal", "the register is closed"),
    Kept("table", "privacy.schema_version", "nobody", "format of the tables", "the workspace is removed"),
    Kept("table", "privacy.audit", "nobody", "who did what when, about which pseudonym", "the workspace is removed"),
    Kept(
        "table",
        "privacy.records",
        "nobody",
        "requests, notices, receipts: about pseudonyms, ids sealed",
        "its law's months",
    ),
    Kept("index", "privacy.records_about", "nobody", "pseudonyms", "as privacy.records"),
    Kept("file", "lock", "nobody", "the process that holds the workspace", "the next process opens it"),
    Kept("file", "log.db", "people", "the tables below", "see the tables"),
    Kept("file", "log.db-wal", "people", "newest pages of log.db", "it is checkpointed, at the latest by closing"),
    Kept("file", "log.db-shm", "nobody", "which pages are in log.db-wal", "the log is closed"),
    Kept("folder", "models", "nobody", "published models", "see its files"),
    Kept("file", "models/current", "nobody", "which model is served, and its files", "the next publication"),
    Kept("folder", "models/*", "people", "a model: learned from people's behaviour", "ten newer ones are published"),
    Kept("folder", "models/*/*", "people", "a part of a model", "ten newer ones are published"),
    Kept("file", "models/*/*/*", "people", "arrays, items and manifest of the part", "ten newer ones are published"),
    Kept("file", "models/*/*", "people", "its arrays and manifest", "ten newer ones are published"),
    Kept("folder", "segments", "people", "rows of the log as Parquet, for analytics", "rows leave the log"),
    Kept(
        "file", "segments/*.parquet", "people", "ids, times and numbers of events; nothing sealed", "rows leave the log"
    ),
    Kept("file", "segments/index.json", "nobody", "which rows are in which file, and its checksum", "see the files"),
    Kept("folder", "predictors", "nobody", "published predictors of people", "see its files"),
    Kept("folder", "predictors/*", "nobody", "one predictor, e.g. of churn", "the workspace is removed"),
    Kept("file", "predictors/*/current", "nobody", "which version is used, and its files", "the next publication"),
    Kept("folder", "predictors/*/*", "people", "learned from people's behaviour", "ten newer ones are published"),
    Kept("folder", "predictors/*/*/*", "people", "its arrays and manifest", "ten newer ones are published"),
    Kept("file", "predictors/*/*/*", "people", "its card", "ten newer ones are published"),
    Kept("file", "predictors/*/*/*/*", "people", "its arrays and manifest", "ten newer ones are published"),
    Kept("table", "schema_version", "nobody", "format of the tables", "the workspace is removed"),
    Kept(
        "table",
        "events",
        "people",
        "who did what, when; traits; consent; decisions; personal fields sealed",
        "the days in the settings for its kind; the event id stays",
    ),
    Kept("index", "events_by_subject", "people", "user and anonymous ids", "as the table events"),
    Kept("index", "sqlite_autoindex_events_1", "people", "event ids", "as the table events"),
    Kept("table", "failed", "people", "raw bytes of events that failed, sealed, and why", "`keep_failed_days`"),
    Kept("index", "failed_once", "nobody", "keyed fingerprints of failed rows of files", "as the table failed"),
    Kept("table", "people.schema_version", "nobody", "format of the tables", "the workspace is removed"),
    Kept("table", "people.person_keys", "people", "person, and their wrapped key", "the key is destroyed"),
    Kept("index", "people.person_keys_by_person", "people", "user and anonymous ids", "as people.person_keys"),
    Kept("table", "people.tombstones", "nobody", "pseudonyms of who was erased, and when", "the workspace is removed"),
    Kept("table", "ledger", "nobody", "how many events came in and what became of them", "the workspace is removed"),
)

SEALED: dict[str, tuple[str, ...]] = {
    "*": ("context",),
    "search": ("query",),
    "message": ("text",),
    "identify": ("traits", "ids"),
    "action": ("properties",),
    "page": ("referrer",),
    "consent": ("page", "tcf", "gpp"),
    "ranked": ("asked", "moved"),
}
"""Kind of event -> fields that are sealed in the log under the person's key; ``*``: of every kind.

Traits, free text, search text, addresses and e-mail are in these. Ids, items, times and numbers are not sealed: the log
is asked for them. A test fails when a kind gets a field of text or of free names that is neither here nor in `OPEN`.
"""

OPEN: frozenset[tuple[str, str]] = frozenset(
    {
        ("item", "title"),
        ("item", "text"),
        ("item", "attributes"),
        ("page", "page"),
        ("page", "title"),
        ("exposure", "page"),
        ("decision", "why_rung"),
        ("decision", "model"),
        ("position", "place"),
        ("experiment", "design"),
        ("experiment", "shares"),
        ("experiment", "why"),
        ("decision", "arms"),
        ("outcome", "why"),
        ("ranked", "policy"),
        ("ranked", "model"),
        ("steering", "why"),
        ("steering", "job"),
    }
)
"""(kind, field) of long text that describes the shop or the program, not a person."""

ERASED: dict[tuple[str, str], object] = {("search", "query"): "[erased]", ("message", "text"): "[erased]"}
"""What a sealed field reads as once its key is destroyed, where an event cannot do without; others are left out."""


RETENTION: dict[str, tuple[str, ...]] = {
    "behaviour": (
        "view",
        "click",
        "cart",
        "purchase",
        "rating",
        "share",
        "follow",
        "impression",
        "exposure",
        "page",
        "action",
    ),
    "words": ("search", "message"),
    "decisions": ("decision", "outcome", "assigned", "ranked", "activation"),
}
"""Class -> kinds of event that ``keep_<class>_days`` in the settings forgets."""

FOR_EVER: frozenset[str] = frozenset(
    {"consent", "identify", "alias", "split", "undo", "item", "position", "experiment", "steering"}
)
"""Kinds without a limit: what holds until it is changed, not what happened once."""


def personal_fields(kind: str) -> tuple[str, ...]:
    """The fields of a kind of event that are sealed.

    >>> personal_fields("search"), personal_fields("click")
    (('context', 'query'), ('context',))
    """
    return _FIELDS.get(kind, SEALED["*"])


_FIELDS = {kind: (*SEALED["*"], *names) for kind, names in SEALED.items() if kind != "*"}


def listed(sort: Sort, name: str) -> Kept | None:
    """The entry for something found, or None: then the list is not complete.

    >>> listed("file", "models/v1/arrays.npz").personal, listed("table", "diary")
    (True, None)
    """
    for kept in KEPT:
        if kept.sort == sort and kept.name.count("/") == name.count("/") and fnmatchcase(name, kept.name):
            return kept
    return None
