"""The workspace folder: everything of one shop or brand in one place, opened by one writing process at a time.

========================  ==============================================================
``salience.toml``         settings, as text
``mappings.toml``         own event names in our words, as text; may be missing
``keys.json``             hashes of the keys, mode 0600; its presence makes the folder a workspace
``accounts.json``         people who sign in, and hashes of their passwords, mode 0600; may be missing
``oidc-secret``           our secret at the OpenID provider, mode 0600; may be missing, and is in no backup
``log.db`` (-wal, -shm)   the event log
``keys/``                 what seals personal fields: workspace keys, and people's keys wrapped by them
``models/``               published versions and the pointer to the served one
``predictors/``           the same for each predictor of people: churn, leads, next
``lock``                  the process that holds the workspace
========================  ==============================================================
"""

from __future__ import annotations

from pathlib import Path
from typing import Self

from msgspec import Struct

from salience.events import InvalidInput, NotFound
from salience.store.artefacts import Artefacts
from salience.store.durable import sync_folder, write_file
from salience.store.keyring import Keyring
from salience.store.keys import Keys
from salience.store.lock import Lock
from salience.store.log import EventLog
from salience.store.register import REGISTER
from salience.store.rows import Codec
from salience.store.sqlite_log import SqliteLog

SETTINGS, KEYS, LOG, MODELS, LOCK, RING = "salience.toml", "keys.json", "log.db", "models", "lock", "keys"
ACCOUNTS, PROVIDER_SECRET = "accounts.json", "oidc-secret"
PREDICTORS, SEGMENTS = "predictors", "segments"
MAPPINGS = "mappings.toml"
_OURS = {
    REGISTER,
    f"{REGISTER}-wal",
    f"{REGISTER}-shm",
    SETTINGS,
    MAPPINGS,
    KEYS,
    ACCOUNTS,
    PROVIDER_SECRET,
    LOG,
    f"{LOG}-wal",
    f"{LOG}-shm",
    MODELS,
    PREDICTORS,
    SEGMENTS,
    LOCK,
    RING,
}


class Created(Struct, frozen=True):
    """A new workspace and its two keys, which are shown this once."""

    home: Path
    workspace: str
    write_key: str
    secret_key: str


class Home:
    """An open workspace folder. ``read_only`` takes no lock and changes nothing."""

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        if not (folder / KEYS).is_file():
            raise NotFound("home", str(folder), "is not a workspace", f"make one with: salience init {folder}")
        self.folder, self.read_only = folder, read_only
        self._lock = None if read_only else Lock(folder / LOCK)
        try:
            self.keys = Keys(folder / KEYS)
        except BaseException:
            self.close()
            raise
        self.models = Artefacts(folder / MODELS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def settings(self) -> Path:
        """The settings file."""
        return self.folder / SETTINGS

    @property
    def segments(self) -> Path:
        """The folder of sealed segments; it may be missing."""
        return self.folder / SEGMENTS

    @property
    def mappings(self) -> Path:
        """The rules that put a site's own event names into our words; the file may be missing."""
        return self.folder / MAPPINGS

    def log_at(self, url: str, codec: Codec | None = None) -> EventLog:
        """The event log, opened: on the PostgreSQL server that ``url`` names, or in the folder where it is empty."""
        return postgres(url, read_only=self.read_only, codec=codec) if url else self.log(codec)

    def log(self, codec: Codec | None = None) -> SqliteLog:
        """The folder's event log; whoever opens it closes it. ``codec`` seals and opens what is personal."""
        return SqliteLog(self.folder / LOG, read_only=self.read_only, codec=codec)

    def ring(self, *, write: bool = False) -> Keyring:
        """The keys that seal; whoever opens them closes them. A workspace that has none yet gets them.

        ``write``: also beside the process that holds the workspace, to rotate keys: the ring has a lock of its own.
        """
        return Keyring(self.folder / RING, read_only=self.read_only and not write)

    def predictor(self, name: str) -> Artefacts:
        """The published versions of a predictor of people."""
        return Artefacts(self.folder / PREDICTORS / name)

    def close(self) -> None:
        """Let another process write."""
        if self._lock is not None:
            self._lock.release()


def create(folder: Path, *, workspace: str = "", settings: str = "") -> Created:
    """Make a workspace in a folder that is new, empty, or was left half made. The key file comes last.

    ``settings`` is the text of salience.toml. ``workspace`` defaults to the folder's name.
    """
    if folder.exists() and not folder.is_dir():
        raise InvalidInput("home", str(folder), "is a file", "name a new folder")
    if (folder / KEYS).exists():
        raise InvalidInput("home", str(folder), "is a workspace already", "name another folder, or use it as it is")
    strangers = sorted(path.name for path in folder.iterdir() if not _ours(path.name)) if folder.exists() else []
    if strangers:
        raise InvalidInput("home", str(folder), f"holds other files, e.g. {strangers[0]}", "name a new folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)  # it will hold what people do: for its owner only
    (folder / MODELS).mkdir(exist_ok=True)
    lock = Lock(folder / LOCK)
    try:
        write_file(folder / SETTINGS, settings.encode())
        SqliteLog(folder / LOG).close()
        Keyring(folder / RING).close()
        sync_folder(folder)
        name = workspace or folder.resolve().name
        _, write_key, secret_key = Keys.create(folder / KEYS, name)
        sync_folder(folder.resolve().parent)
    finally:
        lock.release()
    return Created(folder, name, write_key, secret_key)


def open(folder: Path, *, read_only: bool = False) -> Home:  # noqa: A001 - `home.open(folder)` reads as it is meant
    """Open a workspace: `NotFound` if there is none, `InvalidInput` naming the process if another one writes."""
    return Home(folder, read_only=read_only)


def postgres(url: str, *, read_only: bool = False, codec: Codec | None = None) -> EventLog:
    """The event log on a server. `InvalidInput` for another kind of address, or without the extra ``postgres``."""
    if not url.startswith(("postgresql://", "postgres://")):
        raise InvalidInput("log_url", url.partition(":")[0], "must begin with postgresql://", "leave it out for log.db")
    try:
        from salience.store.postgres_log import PostgresLog
    except ImportError:
        way_out = "pip install 'salience[postgres]'"
        raise InvalidInput("log_url", "postgresql", "needs the extra postgres", way_out) from None
    return PostgresLog(url, read_only=read_only, codec=codec)


def _ours(name: str) -> bool:
    return name in _OURS or name.endswith(".tmp")
