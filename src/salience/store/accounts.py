"""Accounts of people who sign in: ``accounts.json`` (0600). Of a password only the hash is kept (`passwords`)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct, structs

from salience.events import InvalidInput, NotFound
from salience.events.roles import Role
from salience.store.durable import alone, write_file

NAME = re.compile(r"[^\s\x00-\x1f]{1,128}")


class Account(Struct, frozen=True):
    """``stamp`` is another one after every change of password or role: sessions that were begun before it end."""

    name: str
    role: Role
    phc: str
    stamp: str
    made: int


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    accounts: tuple[Account, ...] = ()


class Accounts:
    """The account file at ``path``, which need not exist. Changes by another process are seen at the next look."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] = (0, 0)
        self._found: dict[str, Account] = {}

    def find(self, name: str) -> Account | None:
        """The account of this name; how it is written in capitals does not matter."""
        self._load()
        return self._found.get(name.casefold())

    def list(self) -> tuple[Account, ...]:
        """All of them, by name."""
        self._load()
        return tuple(self._found[name] for name in sorted(self._found))

    def add(self, name: str, role: Role, phc: str, *, now: int) -> Account:
        """A new account."""
        if not NAME.fullmatch(name):
            raise InvalidInput(
                "name", name, "must have 1 to 128 characters and no spaces", "e.g. ann or ann@shop.example"
            )
        if role in ("write", "service"):
            raise InvalidInput("role", role, "is for programs", "viewer, analyst, marketer, officer or secret")
        if self.find(name) is not None:
            raise InvalidInput("name", name, "has an account already", "choose another one")
        return self._put(Account(name, role, phc, secrets.token_hex(8), now))

    def change(self, name: str, *, role: Role | None = None, phc: str = "", quietly: bool = False) -> Account:
        """Another role or password; ``quietly`` keeps the stamp (the same password, hashed with more work)."""
        found = self._known(name)
        stamp = found.stamp if quietly else secrets.token_hex(8)
        return self._put(structs.replace(found, role=role or found.role, phc=phc or found.phc, stamp=stamp))

    def remove(self, name: str) -> None:
        """End an account."""
        self._known(name)
        with self._changing():
            self._save({key: one for key, one in self._found.items() if key != name.casefold()})

    def _known(self, name: str) -> Account:
        found = self.find(name)
        if found is None:
            raise NotFound("name", name, "has no account", "`salience accounts list` says who has one")
        return found

    def _put(self, account: Account) -> Account:
        with self._changing():
            self._save({**self._found, account.name.casefold(): account})
        return account

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """What another process wrote is read first, and it waits until this one has written."""
        with alone(self._path.parent):
            self._load()
            yield

    def _load(self) -> None:
        try:
            there = self._path.stat()
        except FileNotFoundError:
            self._seen, self._found = (0, 0), {}
            return
        if (there.st_ino, there.st_mtime_ns) == self._seen:
            return
        try:
            file = msgspec.json.decode(self._path.read_bytes(), type=_File)
        except msgspec.MsgspecError as error:
            raise InvalidInput("accounts", self._path.name, f"is no account file: {error}", "restore it") from error
        self._found = {one.name.casefold(): one for one in file.accounts}
        self._seen = (there.st_ino, there.st_mtime_ns)

    def _save(self, accounts: dict[str, Account]) -> None:
        write_file(self._path, msgspec.json.encode(_File(tuple(accounts.values()))), mode=0o600)
        self._load()
