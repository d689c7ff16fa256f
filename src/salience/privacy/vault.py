"""Seals the personal fields of events on their way to the log, and opens them on the way back.

A key per person (known or anonymous), made at their first personal value and wrapped by the workspace's key. Destroying
a person's key makes every cell of theirs unreadable, wherever a copy lies: they then read as erased, not as an error.
The vault keeps no file itself: the `Ring` of its `Keychain` does, and `random` (e.g. ``os.urandom``) is handed in.
"""

from __future__ import annotations

import hashlib
import hmac
from binascii import b2a_base64
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from functools import cache
from typing import TypeAlias

import msgspec
from msgspec import UNSET, Raw, Struct
from msgspec.structs import force_setattr

from salience.events import ANONYMOUS, AnyEvent
from salience.privacy.inventory import ERASED, personal_fields
from salience.privacy.keychain import NOBODY, OWN, Key, Keychain, Ring
from salience.privacy.pseudonym import pseudonym
from salience.privacy.sealing import MOVED, NONCE, seal, unseal, word
from salience.privacy.sealing import bound as bind

PSEUDONYMS = "pseudonyms:"

_BEGINS = b'{"key":'
"""How a body begins in which something is sealed."""

_encode = msgspec.json.Encoder().encode


class _Sealed(Struct, frozen=True):
    """The body of an event with sealed cells. ``key`` stands beside them; ``cells``: field -> cell."""

    key: int
    cells: dict[str, bytes]
    event: Raw


class _Who(Struct, frozen=True):
    kind: str
    id: str
    user: str = ""
    anonymous: str = ""
    source: str = ""


_body = msgspec.json.Decoder(_Sealed)
_who = msgspec.json.Decoder(_Who)


class Vault:
    """The `Codec` of a workspace's log."""

    def __init__(self, ring: Ring, random: Callable[[int], bytes]) -> None:
        self.keys, self._random = Keychain(ring, random), random
        self._versions: tuple[tuple[int, bytes], ...] = ()

    # --- what the log asks for ----------------------------------------------------------------------------------------

    def seal_all(self, events: Sequence[AnyEvent]) -> list[bytes]:
        """The bodies to store for a batch: an event's JSON if nothing in it is personal.

        Keys, and the random bytes of all cells, are asked for once. Those bytes live in this call alone, so that no
        other thread, and no process that was forked off, can seal with a nonce again.
        """
        found = [[column for column in _columns(type(event)) if getattr(event, column[0])] for event in events]
        named = [event for event, columns in zip(events, found, strict=True) if columns]
        people = [_person(event.user, event.anonymous) for event in named]
        keys, owners = self.keys.of_all(people), iter(people)
        nonces = iter(_cut(self._random(NONCE * sum(map(len, found)))))
        return [
            _sealed(event, columns, keys[next(owners)], nonces) if columns else _encode(event)
            for event, columns in zip(events, found, strict=True)
        ]

    def remember(self, bodies: Sequence[bytes], events: Sequence[AnyEvent]) -> None:
        """Keep what bodies are in the clear for the one who opens them next: a log that does not remember rows."""
        pairs = zip(bodies, events, strict=True)
        self.keys.sealed([(body, _encode(event)) for body, event in pairs if body.startswith(_BEGINS)])

    def open(self, body: bytes) -> bytes:
        """The event's JSON. Fields whose key is destroyed are left out, or say so where an event cannot do without."""
        if plain := self.keys.opened(body):
            return plain
        sealed = _body.decode(body)
        event = bytes(sealed.event)
        who = _who.decode(event)
        person, key = _person(who.user, who.anonymous), self.keys.with_id(sealed.key)
        if key and key.person not in (person, NOBODY):
            raise ValueError(MOVED)
        owner = key.owner if key and key.person == person else self.keys.owner(person)
        parts, row = [event[:-1]], word(who.id)
        for name, cell in sealed.cells.items():
            value = ERASED.get((who.kind, name))
            if key:
                _, bound, member = _column(name)
                parts.append(member + unseal(key.cipher, cell, owner + bound + row))
            elif value is not None:
                parts.append(b"%s:%s" % (_encode(name), _encode(value)))
        if key and owner is not key.owner:
            self.keys.claim(key, person)
        return b",".join(parts) + b"}"

    def seal_raw(self, raw: bytes, place: str) -> tuple[int, bytes]:
        """Raw bytes of which nobody knows yet whose they are, under the workspace's own data key."""
        key = self.keys.of(NOBODY)
        return key.id, seal(key.cipher, self._random(NONCE), raw, bind(self.keys.ring.workspace, NOBODY, "raw", place))

    def open_raw(self, key: int, data: bytes, place: str) -> bytes:
        """They again; empty once the key is destroyed. Key 0: they were never sealed."""
        if not key:
            return data
        found = self.keys.with_id(key)
        return unseal(found.cipher, data, bind(self.keys.ring.workspace, NOBODY, "raw", place)) if found else b""

    def digest(self, data: bytes) -> bytes:
        """HMAC-SHA-256: without the key nobody can try out what the bytes may have been."""
        return hmac.new(self.keys.of(NOBODY).secret, b"digest" + data, hashlib.sha256).digest()[:16]

    def secret(self, purpose: str) -> bytes:
        """32 bytes of the workspace's own for this purpose: made once, and wrapped, rotated and copied like any key."""
        made = self.keys.of(OWN + purpose).secret
        if not self.keys.ring.read_only:  # beside the process that writes, one that is new names and signs nothing yet
            self.flush()
        return made

    def pseudonyms(self, name: str) -> tuple[str, ...]:
        """The pseudonyms of a name, one per version of the key, newest first. The version tag says which is which."""
        if not self._versions:
            self._versions = self._found_versions()
        return tuple(pseudonym(name, key, version=version) for version, key in self._versions)

    def renew_pseudonyms(self) -> int:
        """Make a key of the next version; the number of that version. Old pseudonyms stay known by their own key."""
        version = (self._versions or self._found_versions())[0][0] + 1
        self.secret(f"{PSEUDONYMS}{version}")
        self._versions = ()
        return version

    def _found_versions(self) -> tuple[tuple[int, bytes], ...]:
        found = [(1, self.secret(f"{PSEUDONYMS}1"))]
        while self.keys.ring.newest(f"{OWN}{PSEUDONYMS}{len(found) + 1}"):
            found.append((len(found) + 1, self.secret(f"{PSEUDONYMS}{len(found) + 1}")))
        return tuple(reversed(found))

    def flush(self) -> None:
        """Make every key durable that a body sealed so far needs."""
        self.keys.flush()

    @property
    def state(self) -> str:
        """In words, whether every key that was asked for is here."""
        if self.keys.missing:
            return f"{len(self.keys.missing):,} keys of sealed fields are gone: restore keys/"
        return "every sealed field that was read has its key, or was erased"

    def reseal(self, body: bytes) -> bytes | None:
        """A sealed body under the key that its person has since `Keychain.renew`.

        None where that sealed it already, or where the old key is gone.
        """
        sealed = _body.decode(body)
        who = _who.decode(bytes(sealed.event))
        person = _person(who.user, who.anonymous)
        if person == NOBODY:
            return None
        old, new = self.keys.with_id(sealed.key), self.keys.of(person)
        if old is None or old.id == new.id:
            return None
        cells = {}
        for name, cell in sealed.cells.items():
            where = new.owner + _column(name)[1] + word(who.id)
            cells[name] = seal(new.cipher, self._random(NONCE), unseal(old.cipher, cell, where), where)
        return _encode(_Sealed(new.id, cells, sealed.event))


_Column: TypeAlias = tuple[str, bytes, bytes]
"""A sealed field: its name, that as associated data, and as it stands before a value in JSON."""


@cache
def _columns(kind: type[AnyEvent]) -> tuple[_Column, ...]:
    return tuple(map(_column, personal_fields(str(kind.__struct_config__.tag))))


@cache
def _column(name: str) -> _Column:
    return name, word(name), b'"%b":' % name.encode()


def _sealed(event: AnyEvent, columns: Sequence[_Column], key: Key, nonces: Iterator[bytes]) -> bytes:
    """The body of one event."""
    rest, row = copy(event), word(event.id)
    cells: list[bytes] = []
    for name, bound, member in columns:
        cell = seal(key.cipher, next(nonces), _encode(getattr(event, name)), key.owner + bound + row)
        cells += (b",", member, b'"', b2a_base64(cell, newline=False), b'"')
        force_setattr(rest, name, UNSET)
    return b"".join((_BEGINS, key.text, b',"cells":{', *cells[1:], b'},"event":', _encode(rest), b"}"))


def _cut(noise: bytes) -> list[bytes]:
    return [noise[at : at + NONCE] for at in range(0, len(noise), NONCE)]


def _person(user: str, anonymous: str) -> str:
    return user or (ANONYMOUS + anonymous if anonymous else NOBODY)
