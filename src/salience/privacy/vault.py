"""Seals the personal fields of events on their way to the log, and opens them on the way back.

A key per person (known or anonymous), made at their first personal value and wrapped by the workspace's key. Destroying
a person's key makes every cell of theirs unreadable, wherever a copy lies: they then read as erased, not as an error.
The vault keeps no file itself: a `Ring` does, and `random` (e.g. ``os.urandom``) is handed in.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from binascii import b2a_base64
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple, Protocol, TypeVar

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import UNSET, Raw, Struct
from msgspec.structs import force_setattr

from salience.events import ANONYMOUS, AnyEvent
from salience.privacy.inventory import ERASED, personal_fields
from salience.privacy.pseudonym import pseudonym
from salience.privacy.sealing import KEY, MOVED, NONCE, bound, seal, unseal, word

KNOWN = 50_000
"""Opened keys that are kept in memory."""

NOBODY = ""
"""Whose key seals what belongs to no single person: raw bytes of failed events, the context of items."""

OWN = "\x01"
"""How the names of the workspace's own keys begin; no id of a person may hold a control character."""
PSEUDONYMS = "pseudonyms:"

_encode = msgspec.json.Encoder().encode
_Name = TypeVar("_Name", int, str)


class Wrapped(NamedTuple):
    """A person's key as it lies on the disk. ``by`` names the workspace key that wraps it; no bytes: destroyed."""

    id: int
    person: str
    by: str
    key: bytes


class Ring(Protocol):
    """Where keys are kept, apart from the data."""

    @property
    def workspace(self) -> str:
        """What every cell is bound to: made once, and the same after the workspace is renamed."""
        ...

    def workspace_key(self, name: str) -> bytes | None:
        """The workspace key of this name."""
        ...

    def newest(self, person: str) -> tuple[int, str, str, bytes] | None:
        """A person's key; None if there is none, or none any more."""
        ...

    def get(self, key: int) -> tuple[int, str, str, bytes] | None:
        """The key of this id; without bytes if it was destroyed, None if it never was here."""
        ...

    def newest_of(self, people: Sequence[str]) -> dict[str, tuple[int, str, str, bytes]]:
        """`newest` of many at once: person -> key, without those who have none."""
        ...

    def put(self, make: Callable[[str, bytes], Sequence[tuple[int, str, str, bytes]]]) -> None:
        """Make durable what ``make(name, workspace key)`` returns for the key that is in use now."""
        ...


class _Key(NamedTuple):
    """An opened key. ``owner``: how the associated data of everything that it seals begins."""

    id: int
    person: str
    secret: bytes
    cipher: AESGCM
    owner: bytes


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
    """The `Codec` of a workspace's log. ``missing``: ids of keys that rows name but nobody has: not even destroyed."""

    def __init__(self, ring: Ring, random: Callable[[int], bytes]) -> None:
        self._ring, self._random = ring, random
        self.missing: set[int] = set()
        self._people: OrderedDict[str, _Key] = OrderedDict()
        self._opened: OrderedDict[int, _Key] = OrderedDict()
        self._new: dict[str, _Key] = {}
        self._renewed: set[int] | None = None
        self._wrapping: tuple[bytes, AESGCM] = (b"", AESGCM(bytes(KEY)))
        self._versions: tuple[tuple[int, bytes], ...] = ()
        self._turn = threading.RLock()

    # --- what the log asks for ----------------------------------------------------------------------------------------

    def ready(self, events: Sequence[AnyEvent]) -> None:
        """Fetch the keys that a batch will ask for, with one question to the ring instead of one for each person."""
        people = {
            _person(event.user, event.anonymous)
            for event in events
            if any([getattr(event, name) for name in _fields(type(event))])
        }
        with self._turn:
            strange = [name for name in people if name not in self._people and name not in self._new]
        stored = self._ring.newest_of(strange) if strange else {}
        with self._turn:
            for person in strange:
                if person not in self._people and person not in self._new:
                    self._begun(person, stored.get(person))

    def seal(self, event: AnyEvent) -> bytes:
        """The body to store: the event's JSON if nothing in it is personal."""
        names = [name for name in _fields(type(event)) if getattr(event, name)]
        if not names:
            return _encode(event)
        key, row = self._of(_person(event.user, event.anonymous)), word(event.id)
        rest, cells = event.__copy__(), []
        for name in names:
            value = _encode(getattr(event, name))
            cell = seal(key.cipher, self._random(NONCE), value, key.owner + _column(name) + row)
            cells.append(b'"%s":"%s"' % (name.encode(), b2a_base64(cell, newline=False)))
            force_setattr(rest, name, UNSET)
        return b'{"key":%d,"cells":{%s},"event":%s}' % (key.id, b",".join(cells), _encode(rest))

    def open(self, body: bytes) -> bytes:
        """The event's JSON. Fields whose key is destroyed are left out, or say so where an event cannot do without."""
        sealed = _body.decode(body)
        event = bytes(sealed.event)
        who = _who.decode(event)
        key = self._with_id(sealed.key)
        if key and key.person != _person(who.user, who.anonymous):
            raise ValueError(MOVED)
        parts, row = [event[:-1]], word(who.id)
        for name, cell in sealed.cells.items():
            value = ERASED.get((who.kind, name))
            if key:
                parts.append(b'"%s":%s' % (name.encode(), unseal(key.cipher, cell, key.owner + _column(name) + row)))
            elif value is not None:
                parts.append(b"%s:%s" % (_encode(name), _encode(value)))
        return b",".join(parts) + b"}"

    def seal_raw(self, raw: bytes, place: str) -> tuple[int, bytes]:
        """Raw bytes of which nobody knows yet whose they are, under the workspace's own data key."""
        key = self._of(NOBODY)
        return key.id, seal(key.cipher, self._random(NONCE), raw, bound(self._ring.workspace, NOBODY, "raw", place))

    def open_raw(self, key: int, data: bytes, place: str) -> bytes:
        """They again; empty once the key is destroyed. Key 0: they were never sealed."""
        if not key:
            return data
        found = self._with_id(key)
        return unseal(found.cipher, data, bound(self._ring.workspace, NOBODY, "raw", place)) if found else b""

    def digest(self, data: bytes) -> bytes:
        """HMAC-SHA-256: without the key nobody can try out what the bytes may have been."""
        return hmac.new(self._of(NOBODY).secret, b"digest" + data, hashlib.sha256).digest()[:16]

    def secret(self, purpose: str) -> bytes:
        """32 bytes of the workspace's own for this purpose: made once, and wrapped, rotated and copied like any key."""
        made = self._of(OWN + purpose).secret
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
        while self._ring.newest(f"{OWN}{PSEUDONYMS}{len(found) + 1}"):
            found.append((len(found) + 1, self.secret(f"{PSEUDONYMS}{len(found) + 1}")))
        return tuple(reversed(found))

    def flush(self) -> None:
        """Make new keys durable. They stay new until the ring has taken them, so a failed try loses none."""
        if not self._new:
            return
        with self._turn:
            taken = dict(self._new)
        self._ring.put(lambda by, secret: [self._wrapped(person, key, by, secret) for person, key in taken.items()])
        with self._turn:
            for person, key in taken.items():
                if self._new.get(person) is key:
                    del self._new[person]
                    _keep(self._people, person, key)

    @property
    def state(self) -> str:
        """In words, whether every key that was asked for is here."""
        if self.missing:
            return f"{len(self.missing):,} keys of sealed fields are gone: restore keys/"
        return "every sealed field that was read has its key, or was erased"

    # --- new keys for old ---------------------------------------------------------------------------------------------

    def renew(self) -> None:
        """From now on everybody is sealed by a key made after this moment; `reseal` brings old rows along."""
        with self._turn:
            self._people.clear()
            self._renewed = set()

    def reseal(self, body: bytes) -> bytes | None:
        """A sealed body under the person's new key; None where that sealed it already, or where its key is gone."""
        sealed = _body.decode(body)
        who = _who.decode(bytes(sealed.event))
        person = _person(who.user, who.anonymous)
        if person == NOBODY:
            return None
        with self._turn:
            old, new = self._with_id(sealed.key), self._of(person)
        if old is None or old.id == new.id:
            return None
        cells = {}
        for name, cell in sealed.cells.items():
            where = new.owner + _column(name) + word(who.id)
            cells[name] = seal(new.cipher, self._random(NONCE), unseal(old.cipher, cell, where), where)
        return _encode(_Sealed(new.id, cells, sealed.event))

    def outdated(self, keys: Sequence[int]) -> list[int]:
        """Those of a person's keys that were made before `renew`."""
        return [key for key in keys if self._renewed is not None and key not in self._renewed]

    # --- what happens to keys -----------------------------------------------------------------------------------------

    def forget(self, person: str | None = None) -> None:
        """Drop opened keys from memory, after the ring has destroyed some; a person's, or all."""
        with self._turn:
            if person is None:
                self._people.clear()
                self._opened.clear()
                return
            self._people.pop(person, None)
            self._new.pop(person, None)
            for number in [number for number, key in self._opened.items() if key.person == person]:
                del self._opened[number]

    def rewrap(self, stored: tuple[int, str, str, bytes], by: str, secret: bytes) -> Wrapped:
        """The same key wrapped by another workspace key."""
        old = Wrapped(*stored)
        opened = self._unwrapped(old)
        if opened is None:
            raise ValueError(f"key {old.id} is wrapped by {old.by}, which is not here")
        return self._wrapped(old.person, opened, by, secret)

    def _of(self, person: str) -> _Key:
        """The key to write with."""
        with self._turn:
            key = self._people.get(person) or self._new.get(person)
            return key or self._begun(person, self._ring.newest(person))

    def _begun(self, person: str, stored: tuple[int, str, str, bytes] | None) -> _Key:
        """The key as the ring has it, or a new one where it has none, or one that is to be replaced."""
        if stored and self._renewed is not None and personal(person) and stored[0] not in self._renewed:
            stored = None
        key = self._unwrapped(Wrapped(*stored)) if stored else None
        if key:
            _keep(self._people, person, key)
        else:
            secret, number = self._random(KEY), int.from_bytes(self._random(8), "big") >> 1 or 1
            if self._renewed is not None:
                self._renewed.add(number)
            key = self._new[person] = _Key(number, person, secret, AESGCM(secret), self._owner(person))
        _keep(self._opened, key.id, key)
        return key

    def _with_id(self, number: int) -> _Key | None:
        """The key to read with; None where it is destroyed, or not here."""
        with self._turn:
            key = self._opened.get(number)
            if key is None:
                found = self._ring.get(number)
                stored = Wrapped(*found) if found else None
                key = self._unwrapped(stored) if stored and stored.key else None
                if key:
                    _keep(self._opened, number, key)
                elif stored is None or stored.key:
                    self.missing.add(number)
            return key

    def _wrapped(self, person: str, key: _Key, by: str, secret: bytes) -> Wrapped:
        where = bound(self._ring.workspace, "key", str(key.id), by)
        return Wrapped(key.id, person, by, seal(self._cipher(secret), self._random(NONCE), key.secret, where))

    def _unwrapped(self, stored: Wrapped) -> _Key | None:
        secret = self._ring.workspace_key(stored.by)
        if secret is None:
            return None
        where = bound(self._ring.workspace, "key", str(stored.id), stored.by)
        opened = unseal(self._cipher(secret), stored.key, where)
        return _Key(stored.id, stored.person, opened, AESGCM(opened), self._owner(stored.person))

    def _owner(self, person: str) -> bytes:
        return bound(self._ring.workspace, person)

    def _cipher(self, secret: bytes) -> AESGCM:
        """The cipher of a workspace key: set up once for all keys that it wraps, not once for each."""
        if self._wrapping[0] != secret:
            self._wrapping = secret, AESGCM(secret)
        return self._wrapping[1]


@cache
def _fields(kind: type[AnyEvent]) -> tuple[str, ...]:
    return personal_fields(str(kind.__struct_config__.tag))


@cache
def _column(name: str) -> bytes:
    return word(name)


def _person(user: str, anonymous: str) -> str:
    return user or (ANONYMOUS + anonymous if anonymous else NOBODY)


def personal(person: str) -> bool:
    """Whether a key seals a person's fields, and not what belongs to the workspace as a whole."""
    return person != NOBODY and not person.startswith(OWN)


def _keep(known: OrderedDict[_Name, _Key], name: _Name, key: _Key) -> None:
    known[name] = key
    if len(known) > KNOWN:
        known.popitem(last=False)
