"""Seals the personal fields of events on their way to the log, and opens them on the way back.

A key per person (known or anonymous), made at their first personal value and wrapped by the workspace's key. Destroying
a person's key makes every cell of theirs unreadable, wherever a copy lies: they then read as erased, not as an error.
The vault keeps no file itself: the `Ring` of its `Keychain` does, and `random` (e.g. ``os.urandom``) is handed in.
"""

from __future__ import annotations

import hashlib
import hmac
from binascii import b2a_base64
from collections.abc import Callable, Sequence
from copy import copy
from functools import cache

import msgspec
from msgspec import UNSET, Raw, Struct
from msgspec.structs import force_setattr

from salience.events import ANONYMOUS, AnyEvent
from salience.privacy.inventory import ERASED, personal_fields
from salience.privacy.keychain import NOBODY, OWN, Keychain, Ring
from salience.privacy.pseudonym import pseudonym
from salience.privacy.sealing import MOVED, NONCE, bound, seal, unseal, word

PSEUDONYMS = "pseudonyms:"

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

    def ready(self, events: Sequence[AnyEvent]) -> None:
        """Fetch the keys that a batch will ask for."""
        people = set()
        for event in events:
            for name in _fields(type(event)):
                if getattr(event, name):
                    people.add(_person(event.user, event.anonymous))
                    break
        self.keys.ready(people)

    def seal(self, event: AnyEvent) -> bytes:
        """The body to store: the event's JSON if nothing in it is personal."""
        names = [name for name in _fields(type(event)) if getattr(event, name)]
        if not names:
            return _encode(event)
        plain, key, row = _encode(event), self.keys.of(_person(event.user, event.anonymous)), word(event.id)
        rest, cells = copy(event), []
        for name in names:
            value = _encode(getattr(event, name))
            cell = seal(key.cipher, self._random(NONCE), value, key.owner + _column(name) + row)
            cells.append(b'"%s":"%s"' % (name.encode(), b2a_base64(cell, newline=False)))
            force_setattr(rest, name, UNSET)
        body = b'{"key":%d,"cells":{%s},"event":%s}' % (key.id, b",".join(cells), _encode(rest))
        self.keys.sealed(body, plain)
        return body

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
                parts.append(b'"%s":%s' % (name.encode(), unseal(key.cipher, cell, owner + _column(name) + row)))
            elif value is not None:
                parts.append(b"%s:%s" % (_encode(name), _encode(value)))
        if key and owner is not key.owner:
            self.keys.claim(key, person)
        return b",".join(parts) + b"}"

    def seal_raw(self, raw: bytes, place: str) -> tuple[int, bytes]:
        """Raw bytes of which nobody knows yet whose they are, under the workspace's own data key."""
        key = self.keys.of(NOBODY)
        return key.id, seal(key.cipher, self._random(NONCE), raw, bound(self.keys.ring.workspace, NOBODY, "raw", place))

    def open_raw(self, key: int, data: bytes, place: str) -> bytes:
        """They again; empty once the key is destroyed. Key 0: they were never sealed."""
        if not key:
            return data
        found = self.keys.with_id(key)
        return unseal(found.cipher, data, bound(self.keys.ring.workspace, NOBODY, "raw", place)) if found else b""

    def digest(self, data: bytes) -> bytes:
        """HMAC-SHA-256: without the key nobody can try out what the bytes may have been."""
        return hmac.new(self.keys.of(NOBODY).secret, b"digest" + data, hashlib.sha256).digest()[:16]

    def secret(self, purpose: str) -> bytes:
        """32 bytes of the workspace's own for this purpose: made once, and wrapped, rotated and copied like any key."""
        made = self.keys.of(OWN + purpose).secret
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
            where = new.owner + _column(name) + word(who.id)
            cells[name] = seal(new.cipher, self._random(NONCE), unseal(old.cipher, cell, where), where)
        return _encode(_Sealed(new.id, cells, sealed.event))


@cache
def _fields(kind: type[AnyEvent]) -> tuple[str, ...]:
    return personal_fields(str(kind.__struct_config__.tag))


@cache
def _column(name: str) -> bytes:
    return word(name)


def _person(user: str, anonymous: str) -> str:
    return user or (ANONYMOUS + anonymous if anonymous else NOBODY)
