"""The keys of a workspace, each of one role: ``wk_...`` is public and may stand in a page, ``sk_...`` is secret.

A key is 256 random bits, so one SHA-256 is all the protection a stored one needs (slow hashes are for passwords that
people choose). The file never holds a key, only its hash.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from salience.events import InvalidInput, NotFound
from salience.events.roles import Role
from salience.store.durable import alone, write_file

DAY_MS = 86_400_000


class Key(Struct, frozen=True):
    """What is known of a key. ``id`` names it in lists; ``expires`` is 0 or the ms since 1970 after which it fails.

    ``kind`` is its role; ``name`` is whose it is, in the owner's words.
    """

    id: str
    kind: Role
    sha256: str
    created: int
    expires: int = 0
    name: str = ""


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    workspace: str
    keys: tuple[Key, ...] = ()


class Keys:
    """The key file at ``path``. Changes by another process are seen at the next `check`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] = (0, 0)
        self._file = _File("")
        self._load()

    @classmethod
    def create(cls, path: Path, workspace: str, *, now: int | None = None) -> tuple[Keys, str, str]:
        """A new key file: (keys, write key, secret key). The two are never shown again."""
        if path.exists():
            raise InvalidInput("keys", path.name, "exists already", "use `rotate` for new keys")
        made = now if now is not None else _now()
        write, secret = _new("write"), _new("secret")
        keys = (_entry("write", write, made), _entry("secret", secret, made))
        write_file(path, msgspec.json.encode(_File(workspace, keys)), mode=0o600)
        return cls(path), write, secret

    @property
    def workspace(self) -> str:
        """The name of the workspace that these keys open."""
        return self._file.workspace

    def check(self, key: str, *, now: int | None = None) -> Role | None:
        """The role of a key; None for an unknown or expired one. Takes the same time for every answer."""
        self._load()
        at = now if now is not None else _now()
        presented = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
        found: Role | None = None
        for entry in self._file.keys:
            same = hmac.compare_digest(presented, entry.sha256)
            if same and not (entry.expires and entry.expires <= at):
                found = entry.kind
        return found

    def add(self, role: Role, *, name: str = "", days: int = 0, now: int | None = None) -> str:
        """One more key of a role, that of ``name``; it ends after ``days`` (0: never)."""
        at = now if now is not None else _now()
        key = _new(role)
        made = msgspec.structs.replace(_entry(role, key, at), name=name, expires=at + days * DAY_MS if days else 0)
        with self._changing():
            self._save(_File(self.workspace, (*self._file.keys, made)))
        return key

    def rotate(self, kind: Role, *, overlap_ms: int = DAY_MS, now: int | None = None) -> str:
        """A new key; the older ones of this kind go on working for ``overlap_ms`` and then end."""
        at = now if now is not None else _now()
        if overlap_ms < 0:
            raise InvalidInput("overlap_ms", overlap_ms, "must not be negative", "0 ends the old keys at once")
        key = _new(kind)
        with self._changing():
            ended = tuple(
                msgspec.structs.replace(old, expires=_sooner(old.expires, at + overlap_ms)) if old.kind == kind else old
                for old in self._file.keys
                if not (old.expires and old.expires <= at)
            )
            self._save(_File(self.workspace, (*ended, _entry(kind, key, at))))
        return key

    def revoke(self, key_id: str) -> None:
        """End one key at once."""
        with self._changing():
            left = tuple(key for key in self._file.keys if key.id != key_id)
            if len(left) == len(self._file.keys):
                known = ", ".join(key.id for key in left)
                raise NotFound("key", key_id, "is not a key of this workspace", f"choose one of {known}")
            self._save(_File(self.workspace, left))

    def list(self) -> tuple[Key, ...]:
        """What is known of every key, oldest first. No key can be made from it."""
        self._load()
        return self._file.keys

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """What another process wrote is read first, and it waits until this one has written."""
        with alone(self._path.parent):
            self._load()
            yield

    def _load(self) -> None:
        found = os.stat(self._path)  # noqa: PTH116 - asked at every call, and a third of the time of `Path.stat`
        if (found.st_ino, found.st_mtime_ns) == self._seen:
            return
        try:
            self._file = msgspec.json.decode(self._path.read_bytes(), type=_File)
        except msgspec.MsgspecError as error:
            raise InvalidInput("keys", self._path.name, f"is not a key file: {error}", "restore it") from error
        self._seen = (found.st_ino, found.st_mtime_ns)

    def _save(self, file: _File) -> None:
        write_file(self._path, msgspec.json.encode(file), mode=0o600)
        self._load()


def _new(kind: Role) -> str:
    return ("wk_" if kind == "write" else "sk_") + secrets.token_urlsafe(32)


def _entry(kind: Role, key: str, created: int) -> Key:
    return Key(f"{kind}-{secrets.token_hex(4)}", kind, hashlib.sha256(key.encode()).hexdigest(), created)


def _sooner(expires: int, other: int) -> int:
    return min(expires, other) if expires else other


def _now() -> int:
    return time.time_ns() // 1_000_000
