"""Published models: immutable folders, and one pointer file that is flipped last.

``models/<version>/`` holds a version's files; ``models/current`` names the served one, all that are kept in order of
publication, and the SHA-256 of each file. A kill at any point leaves exactly one valid current version, because the
pointer is replaced in one rename, after everything it names has been synced.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
from msgspec import Struct

from salience.events import InvalidInput, NotFound
from salience.store.durable import sync_folder, sync_tree, write_file
from salience.store.faults import Damaged

KEPT = 10
_POINTER = "current"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class _Version(Struct, frozen=True):
    version: str
    files: dict[str, str]
    """Path inside the folder -> SHA-256."""


class _Pointer(Struct, frozen=True):
    current: str = ""
    versions: tuple[_Version, ...] = ()
    """Oldest publication first."""


class Artefacts:
    """The published versions in one folder. One process publishes (it holds the workspace's lock); any may read."""

    def __init__(self, folder: Path, *, kept: int = KEPT) -> None:
        self._folder, self._kept = folder, kept

    def publish(self, version: str, write: Callable[[Path], None]) -> None:
        """Let ``write`` fill a folder, make it durable, and serve it from now on. Old versions beyond `KEPT` go.

        An exception of ``write`` leaves everything as it was. A version is published once: `InvalidInput` otherwise.
        """
        if not _NAME.fullmatch(version) or version == _POINTER:
            raise InvalidInput("version", version, "must be 1 to 64 letters, digits, dots, dashes, underscores")
        pointer = self._pointer()
        if version in self.list():
            raise InvalidInput("version", version, "is published already, and published versions never change")
        self._clean(pointer)
        aside = self._folder / f".{version}.tmp"
        aside.mkdir(parents=True)
        try:
            write(aside)
            entry = _Version(version, _sums(aside))
            sync_tree(aside)
            aside.rename(self._folder / version)
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise
        sync_folder(self._folder)
        self._flip(_Pointer(version, (*pointer.versions[-self._kept :], entry)))

    def list(self) -> tuple[str, ...]:
        """The versions that are kept, in order of publication."""
        return tuple(entry.version for entry in self._pointer().versions)

    def current(self) -> str:
        """The version that is served; empty before the first publication."""
        return self._pointer().current

    def path(self, version: str) -> Path:
        """The folder of a version. `NotFound` for one that is not kept, `Damaged` if a file differs from its sum."""
        for entry in self._pointer().versions:
            if entry.version == version:
                folder = self._folder / version
                if not folder.is_dir() or _sums(folder) != entry.files:
                    raise Damaged(f"model {version}", "its files are not those that were published")
                return folder
        raise NotFound("version", version, "is not kept", f"choose one of {', '.join(self.list()) or 'none'}")

    def rollback(self, version: str) -> None:
        """Serve a kept version again. `NotFound` or `Damaged` leave the current one in place."""
        self.path(version)
        self._flip(_Pointer(version, self._pointer().versions))

    def drop(self, versions: Iterable[str]) -> None:
        """Forget versions; where the served one is among them, the newest that is left is served, or none."""
        gone, pointer = set(versions), self._pointer()
        left = tuple(entry for entry in pointer.versions if entry.version not in gone)
        served = pointer.current if pointer.current not in gone else (left[-1].version if left else "")
        self._flip(_Pointer(served, left))

    def _pointer(self) -> _Pointer:
        try:
            data = (self._folder / _POINTER).read_bytes()
        except FileNotFoundError:
            return _Pointer()
        try:
            return msgspec.json.decode(data, type=_Pointer)
        except msgspec.MsgspecError as error:
            raise Damaged(f"models/{_POINTER}", str(error)) from error

    def _flip(self, pointer: _Pointer) -> None:
        write_file(self._folder / _POINTER, msgspec.json.encode(pointer))
        self._clean(pointer)

    def _clean(self, pointer: _Pointer) -> None:
        """Remove what no pointer names: versions too old to keep, and what a kill left behind."""
        named = {entry.version for entry in pointer.versions}
        for path in self._folder.iterdir() if self._folder.is_dir() else ():
            if path.is_dir() and path.name not in named:
                shutil.rmtree(path)
            elif path.name.endswith(".tmp"):
                path.unlink(missing_ok=True)


def _sums(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    sums = {}
    for path in files:
        with path.open("rb") as file:
            sums[path.relative_to(folder).as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
    return sums
