"""Backup of a workspace that is being written to, and restore into a new folder.

An archive is a tar file with a manifest of SHA-256 sums. The log is copied as it is at one moment (SQLite's online
backup), everything else after it: keys are durable before the events that need them, so the copy of the keys holds all
that the copy of the log needs. What is restored is checked file by file before the new folder gets its name.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from salience.events import InvalidInput, NotFound
from salience.store.durable import sync_folder, sync_tree, write_file
from salience.store.faults import Damaged
from salience.store.home import ACCOUNTS, KEYS, LOG, MAPPINGS, MODELS, RING, SETTINGS, Home
from salience.store.keyring import PEOPLE, WORKSPACE, Keyring, Stone
from salience.store.register import HEAD, REGISTER, Register
from salience.store.sqlite_log import SqliteLog

FORMAT = 1
MANIFEST, TOMBSTONES = "manifest.json", ".tombstones"
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_FILES = {
    SETTINGS,
    MAPPINGS,
    KEYS,
    ACCOUNTS,
    LOG,
    REGISTER,
    f"{RING}/{HEAD}",
    f"{RING}/{WORKSPACE}",
    f"{RING}/{PEOPLE}",
}
_PRIVATE = {KEYS, ACCOUNTS, REGISTER, f"{RING}/{HEAD}", f"{RING}/{WORKSPACE}", f"{RING}/{PEOPLE}"}
_TRIES = 5
_CHUNK = 1 << 20


class Manifest(Struct, frozen=True, forbid_unknown_fields=True):
    """What an archive holds. ``last``: the newest log row in it; ``files``: path -> SHA-256.

    ``ring``: a fingerprint of the workspace whose keys open what is sealed in it; older archives have none.
    """

    format: int
    made: int
    last: int
    files: dict[str, str]
    ring: str = ""


def backup(home: Home, target: Path, *, now: int, data: bool = True, keys: bool = False) -> Manifest:
    """Write an archive of an open workspace; another process may go on writing to it.

    ``data``: log, models and settings; ``keys``: what opens the sealed fields. Kept in two archives, the keys may have
    a shorter life than the data, so that what was erased does not come back with an old copy.
    """
    if target.exists():
        raise InvalidInput("file", str(target), "exists already", "name a new file")
    if not target.parent.is_dir():
        raise NotFound("file", str(target.parent), "is not a folder")
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=target.parent) as scratch:
        staged, last = Path(scratch) / "files", 0
        staged.mkdir()
        if data:
            with SqliteLog(home.folder / LOG, read_only=True) as log:
                last = log.backup(staged / LOG)
            for name in (SETTINGS, MAPPINGS, KEYS, ACCOUNTS):
                if (home.folder / name).is_file():
                    shutil.copy2(home.folder / name, staged / name)
            if (home.folder / REGISTER).is_file():
                _copy_register(home, staged)
            _copy_models(home, staged / MODELS)
        ring = home.ring()
        try:
            mark = hashlib.sha256(b"salience " + ring.workspace.encode()).hexdigest()
            if keys:
                (staged / RING).mkdir(exist_ok=True)
                ring.backup(staged / RING)
        finally:
            ring.close()
        names = sorted(path.relative_to(staged).as_posix() for path in staged.rglob("*") if path.is_file())
        manifest = Manifest(FORMAT, now, last, {name: _sum(staged / name) for name in names}, mark)
        (staged / MANIFEST).write_bytes(msgspec.json.encode(manifest))
        _pack(staged, [MANIFEST, *names], Path(scratch) / "archive")
        (Path(scratch) / "archive").rename(target)
    sync_folder(target.parent)
    return manifest


def restore(archives: Sequence[Path], folder: Path) -> Manifest:
    """Make a workspace out of archives: one with the data, and the one with the keys if they were kept apart.

    `Damaged` if a file differs from its sum, `InvalidInput` for anything that is no archive of ours. The folder has its
    name only once everything in it is on the disk.
    """
    if folder.exists():
        raise InvalidInput("home", str(folder), "exists already", "name a new folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.tmp")
    aside.mkdir(mode=0o700)
    try:
        found = [_unpack(archive, aside) for archive in archives]
        _belong_together(archives, found)
        _check(aside)
        _bury(archives, aside)
        sync_tree(aside)
        aside.rename(folder)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    sync_folder(folder.parent)
    return max(found, key=lambda manifest: manifest.last)


def _belong_together(archives: Sequence[Path], found: Sequence[Manifest]) -> None:
    """Other keys open nothing, and know none of the erased by their pseudonyms, so nobody would be erased again."""
    known = [(archive, manifest.ring) for archive, manifest in zip(archives, found, strict=True) if manifest.ring]
    for archive, ring in known[1:]:
        if ring != known[0][1]:
            rule = f"holds the data or the keys of another workspace than {known[0][0].name}"
            raise InvalidInput("file", archive.name, rule, "name archives of one workspace")


def _check(folder: Path) -> None:
    """Whether a workspace has come out, and its log is whole."""
    if not (folder / KEYS).is_file() or not (folder / LOG).is_file():
        raise InvalidInput("file", "backup", "holds no log", "name the archive with the data as well")
    (folder / MODELS).mkdir(exist_ok=True)
    with SqliteLog(folder / LOG) as log:
        damages = log.damages()
    if damages:
        raise Damaged("log.db in the archive", "; ".join(damages[:3]))


def _copy_models(home: Home, into: Path) -> None:
    """The pointer and what it names. A publication may remove an old version meanwhile: then once more."""
    for left in reversed(range(_TRIES)):
        into.mkdir()
        try:
            pointer = home.folder / MODELS / "current"
            if pointer.is_file():
                shutil.copy2(pointer, into / "current")
                for version in home.models.list():
                    shutil.copytree(home.folder / MODELS / version, into / version)
        except (FileNotFoundError, shutil.Error):
            if not left:
                raise
            shutil.rmtree(into)
        else:
            return


def _bury(archives: Sequence[Path], folder: Path) -> None:
    """Take in the tombstones that lie beside the archives: whoever opens the workspace erases those people again."""
    lists = [archive.with_name(archive.name + TOMBSTONES) for archive in archives]
    try:
        stones = [
            s for path in lists if path.is_file() for s in msgspec.json.decode(path.read_bytes(), type=list[Stone])
        ]
    except msgspec.MsgspecError as error:
        raise InvalidInput("file", TOMBSTONES, f"is no list of tombstones: {error}") from error
    if stones:
        if not (folder / RING / WORKSPACE).is_file():  # the hashes are keyed: without the key they name nobody
            rule = f"is older than {len({stone.receipt for stone in stones})} erasures, and only its keys tell of whom"
            raise InvalidInput("file", archives[0].name, rule, "name the archive with the keys as well")
        ring = Keyring(folder / RING)
        try:
            ring.bury(stones)
        finally:
            ring.close()


def remember(archive: Path, stones: Sequence[Stone]) -> None:
    """Add tombstones to the list beside a backup."""
    beside = archive.with_name(archive.name + TOMBSTONES)
    known = msgspec.json.decode(beside.read_bytes(), type=list[Stone]) if beside.is_file() else []
    write_file(beside, msgspec.json.encode([*known, *stones]), mode=0o600)


def heeds(archive: Path, receipt: str) -> bool:
    """Whether the list beside a backup names an erasure, so that a restore carries it out."""
    beside = archive.with_name(archive.name + TOMBSTONES)
    if not beside.is_file():
        return False
    return any(stone.receipt == receipt for stone in msgspec.json.decode(beside.read_bytes(), type=list[Stone]))


def _copy_register(home: Home, staged: Path) -> None:
    """The register, and the head of its audit chain as it was before: it may count fewer rows than there are."""
    register = Register(home.folder, read_only=True)
    try:
        head = register.head()
        register.backup(staged / REGISTER)
    finally:
        register.close()
    if head is not None:
        (staged / RING).mkdir(exist_ok=True)
        (staged / RING / HEAD).write_bytes(head)


def _pack(staged: Path, names: list[str], archive: Path) -> None:
    handle = os.open(archive, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for name in names:
                member = tarfile.TarInfo(name)
                member.size, member.mode = (staged / name).stat().st_size, 0o600
                with (staged / name).open("rb") as data:
                    tar.addfile(member, data)
        file.flush()
        os.fsync(handle)


def _unpack(archive: Path, into: Path) -> Manifest:
    """Write what the manifest names, and nothing else: no link, no path of the archive's choosing."""
    if not archive.is_file():
        raise NotFound("file", str(archive), "does not exist")
    try:
        with tarfile.open(archive, mode="r:") as tar:
            manifest = _manifest(tar, archive)
            while (member := tar.next()) is not None:
                if not member.isreg() or member.name not in manifest.files or not _ours(member.name):
                    raise InvalidInput("file", member.name, "does not belong into a backup")
                _write(tar, member, into / member.name)
    except (tarfile.TarError, EOFError, msgspec.MsgspecError) as error:
        raise InvalidInput("file", str(archive), f"is no whole backup: {error}") from error
    for name, wanted in manifest.files.items():
        if not (into / name).is_file() or _sum(into / name) != wanted:
            raise Damaged(f"{name} in {archive.name}", "is not what was backed up")
    return manifest


def _manifest(tar: tarfile.TarFile, archive: Path) -> Manifest:
    first = tar.next()
    data = tar.extractfile(first) if first and first.isreg() and first.name == MANIFEST else None
    if data is None:
        raise InvalidInput("file", str(archive), "is no backup of a workspace", "name a file that `backup` wrote")
    manifest = msgspec.json.decode(data.read(_CHUNK * 16), type=Manifest)
    if manifest.format != FORMAT:
        rule = f"has format {manifest.format}, this program reads {FORMAT}"
        raise InvalidInput("file", str(archive), rule, "upgrade salience")
    return manifest


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if member.name in _PRIVATE else 0o644)
    data = tar.extractfile(member)
    with os.fdopen(handle, "wb") as file:
        if data is not None:
            shutil.copyfileobj(data, file, _CHUNK)


def _ours(name: str) -> bool:
    parts = name.split("/")
    model = parts[0] == MODELS and 2 <= len(parts) <= 5 and all(_PART.fullmatch(part) for part in parts)
    return name in _FILES or model


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
