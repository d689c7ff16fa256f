"""The workspace folder: everything of one shop or brand in one place, opened by one writing process at a time.

========================  ==============================================================
``salience.toml``         settings, as text
``keys.json``             hashes of the keys, mode 0600; its presence makes the folder a workspace
``log.db`` (-wal, -shm)   the event log
``models/``               published versions and the pointer to the served one
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
from salience.store.keys import Keys
from salience.store.lock import Lock
from salience.store.sqlite_log import SqliteLog

SETTINGS, KEYS, LOG, MODELS, LOCK = "salience.toml", "keys.json", "log.db", "models", "lock"
_OURS = {SETTINGS, KEYS, LOG, f"{LOG}-wal", f"{LOG}-shm", MODELS, LOCK}


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

    def log(self) -> SqliteLog:
        """The event log, opened; whoever opens it closes it."""
        return SqliteLog(self.folder / LOG, read_only=self.read_only)

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


def _ours(name: str) -> bool:
    return name in _OURS or name.endswith(".tmp")
