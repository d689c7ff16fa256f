"""The keys of a workspace's people, opened: made at the first use, wrapped by the workspace's key, gone when destroyed.

A key must be durable before the row that it seals. So that a new visitor does not cost a sync of their own, keys are
made many at a time, belonging to nobody yet (*spares*). Whose a spare has become is *claimed*: written with the next
ones, or before anything is asked or destroyed by name. A process that is killed in between loses no key, only
the name on it, and the log has that: whoever reads the row claims the key again (`salience.engine.workspace`). No other
process ever hands out a spare that it has not made itself, so no two people share a key.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol, TypeVar, cast

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from salience.privacy.sealing import KEY, NONCE, bound, seal, unseal

KNOWN = 50_000
"""Opened keys that are kept in memory."""

SPARES, MOST_SPARES = 64, 512
"""Keys made at a time for people who are still to come: the first time, and twice as many each time up to the second.
A small shop needs few; a busy one would write to the disk for each of the first kind's handfuls."""

LATEST = 4_000
"""Events sealed last that are still known in the clear: the fold of the log reads them a moment later."""

NOBODY = ""
"""Whose key seals what belongs to no single person: raw bytes of failed events, the context of items."""

OWN = "\x01"
"""How the names of the workspace's own keys begin; no id of a person may hold a control character."""

_Name = TypeVar("_Name", int, str)


class Wrapped(NamedTuple):
    """A key as it lies on the disk. ``by`` names the workspace key that wraps it; no bytes: destroyed. A spare has no
    person, which reads as `NOBODY` here."""

    id: int
    person: str | None
    by: str
    key: bytes


Row = tuple[int, str | None, str, bytes]
Stored = tuple[int, str, str, bytes]


class Ring(Protocol):
    """Where keys are kept, apart from the data."""

    @property
    def read_only(self) -> bool:
        """Whether no key can be added here."""
        ...

    @property
    def workspace(self) -> str:
        """What every cell is bound to: made once, and the same after the workspace is renamed."""
        ...

    def workspace_key(self, name: str) -> bytes | None:
        """The workspace key of this name."""
        ...

    def newest(self, person: str) -> Stored | None:
        """A person's key; None if there is none, or none any more."""
        ...

    def get(self, key: int) -> Stored | None:
        """The key of this id; without bytes if it was destroyed, None if it never was here."""
        ...

    def newest_of(self, people: Sequence[str]) -> dict[str, Stored]:
        """`newest` of many at once: person -> key, without those who have none."""
        ...

    def some_people(self, most: int) -> Sequence[str]:
        """The names that keys stand under, up to ``most`` of them."""
        ...

    def put(self, make: Callable[[str, bytes], Sequence[Row]], claims: Sequence[tuple[int, str]] = ()) -> None:
        """Make durable what ``make(name, workspace key)`` returns for the key that is in use now, and whose spares
        have become: (key id, person)."""
        ...

    def keys_of(self, person: str) -> list[int]:
        """The ids of a person's keys that are not destroyed."""
        ...

    def destroy(self, person: str) -> int:
        """Destroy a person's keys, for good; how many."""
        ...

    def discard(self, keys: Sequence[int]) -> None:
        """Drop spares that have sealed nothing."""
        ...


class Key(NamedTuple):
    """An opened key. ``owner``: how the associated data of what it seals begins; ``text``: the id, as it is in JSON."""

    id: int
    person: str
    secret: bytes
    cipher: AESGCM
    owner: bytes
    text: bytes


class Keychain:
    """``missing``: ids of keys that were asked for and that nobody has: not even destroyed."""

    def __init__(self, ring: Ring, random: Callable[[int], bytes]) -> None:
        self.ring, self.random = ring, random
        self.missing: set[int] = set()
        self._people: OrderedDict[str, Key] = OrderedDict()
        self._opened: OrderedDict[int, Key] = OrderedDict()
        self._new: dict[str, Key] = {}
        self._spares: deque[Key] = deque()
        self._stock = SPARES
        self._names: set[str] | None = None
        self._claims: dict[int, str] = {}
        self._latest: dict[bytes, bytes] = {}
        self._renewed: set[int] | None = None
        self._wrapping: tuple[bytes, AESGCM] = (b"", AESGCM(bytes(KEY)))
        self._turn = threading.RLock()

    # --- to seal and to open ------------------------------------------------------------------------------------------

    def of(self, person: str) -> Key:
        """The key to write with."""
        return self.of_all((person,))[person]

    def of_all(self, people: Iterable[str]) -> dict[str, Key]:
        """The keys to write with, of a batch: those that are not in memory, with one question to the ring."""
        known, new = self._people, self._new
        with self._turn:
            found = {name: known.get(name) or new.get(name) for name in people}
        strange = [name for name, key in found.items() if key is None]
        asked = self._maybe_there(strange)
        stored = self.ring.newest_of(asked) if asked else {}
        with self._turn:
            for name in strange:
                found[name] = known.get(name) or new.get(name) or self._begun(name, stored.get(name))
        return cast("dict[str, Key]", found)

    def _maybe_there(self, people: list[str]) -> list[str]:
        """Those of them who may have a key on the disk. Where few people have one, their names are in memory."""
        if people and self._names is None:
            self._names = set(self.ring.some_people(KNOWN + 1))
        if self._names is None or len(self._names) > KNOWN:
            return people
        return [name for name in people if name in self._names]

    def with_id(self, number: int) -> Key | None:
        """The key to read with; None where it is destroyed, or not here."""
        key = self._opened.get(number)
        return key or self._found(number)

    def sealed(self, pairs: Sequence[tuple[bytes, bytes]]) -> None:
        """Remember what bodies are in the clear, for the one who reads them next: (body, plain)."""
        if len(self._latest) >= LATEST:  # nobody reads them here
            self._latest = {}
        self._latest.update(pairs)

    def opened(self, body: bytes) -> bytes | None:
        """What a body that this process has just sealed is in the clear: known once, and not after an erasure."""
        return self._latest.pop(body, None)

    def claim(self, key: Key, person: str) -> None:
        """A spare has sealed something of this person: a process that was killed did not write down that it is theirs.

        Call it once a cell of theirs has opened: nothing else shows whose it is.
        """
        if personal(person) and not key.person:
            with self._turn:
                self._claims[key.id] = person
                if self._names is not None:
                    self._names.add(person)
                _keep(self._opened, key.id, key._replace(person=person, owner=self.owner(person)))

    def owner(self, person: str) -> bytes:
        """How the associated data of everything of a person begins."""
        return bound(self.ring.workspace, person)

    # --- to the disk --------------------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Make new keys durable. They stay new until the ring has taken them, so a failed try loses none."""
        if not self._new:
            return
        with self._turn:
            taken = dict(self._new)
            spares = self._made_spares() if any(map(personal, taken)) else []
            claims = list(self._claims.items())
        fresh: list[tuple[str | None, Key]] = [*taken.items(), *((None, key) for key in spares)]
        self.ring.put(lambda by, secret: [self._wrapped(person, key, by, secret) for person, key in fresh], claims)
        with self._turn:
            self._claimed(claims)
            self._spares += spares
            if spares:
                self._stock = min(2 * self._stock, MOST_SPARES)
            for person, key in taken.items():
                if self._new.get(person) is key:
                    del self._new[person]
                    _keep(self._people, person, key)

    def settle(self) -> None:
        """Write down whose the spares have become."""
        with self._turn:
            claims = list(self._claims.items())
        if claims:
            self.ring.put(lambda _by, _secret: (), claims)
            with self._turn:
                self._claimed(claims)

    def close(self) -> None:
        """Settle, and drop the spares that nobody needed."""
        self.settle()
        with self._turn:
            left = [key.id for key in self._spares]
            self._spares.clear()
        if left:
            self.ring.discard(left)

    # --- by name ------------------------------------------------------------------------------------------------------

    def keys_of(self, person: str) -> list[int]:
        """The ids of a person's keys that are not destroyed."""
        with self._turn:
            claimed = [number for number, name in self._claims.items() if name == person]
        return sorted({*self.ring.keys_of(person), *claimed})

    def destroy(self, person: str) -> int:
        """Destroy a person's keys, for good, on the disk and in memory; how many."""
        self.forget(person)
        self.settle()
        count = self.ring.destroy(person)
        self.forget(person)  # whoever asked between the two has fetched it again
        with self._turn:
            if self._names is not None:
                self._names.discard(person)
        return count

    def forget(self, person: str | None = None) -> None:
        """Drop opened keys from memory, after the ring has destroyed some; a person's, or all."""
        with self._turn:
            self._latest = {}
            if person is None:
                self._people.clear()
                self._opened.clear()
                self._names = None
                return
            self._people.pop(person, None)
            self._new.pop(person, None)
            for number in [number for number, key in self._opened.items() if key.person == person]:
                del self._opened[number]

    # --- new keys for old ---------------------------------------------------------------------------------------------

    def renew(self) -> None:
        """From now on everybody is sealed by a key made after this moment."""
        with self._turn:
            self._people.clear()
            self._renewed = set()
            left = [key.id for key in self._spares]
            self._spares.clear()
        if left:
            self.ring.discard(left)

    def outdated(self, keys: Sequence[int]) -> list[int]:
        """Those of a person's keys that were made before `renew`."""
        return [key for key in keys if self._renewed is not None and key not in self._renewed]

    def rewrap(self, stored: Row, by: str, secret: bytes) -> Wrapped:
        """The same key wrapped by another workspace key."""
        old = Wrapped(*stored)
        opened = self._unwrapped((old.id, old.person or NOBODY, old.by, old.key))
        if opened is None:
            raise ValueError(f"key {old.id} is wrapped by {old.by}, which is not here")
        return self._wrapped(old.person, opened, by, secret)

    # --- one key ------------------------------------------------------------------------------------------------------

    def _begun(self, person: str, stored: Stored | None) -> Key:
        """The key as the ring has it, or a new one where it has none, or one that is to be replaced."""
        if stored and self._renewed is not None and personal(person) and stored[0] not in self._renewed:
            stored = None
        key = self._unwrapped(stored) if stored else None
        if key is None and self._spares and personal(person):
            key = self._spares.popleft()._replace(person=person, owner=self.owner(person))
            self._claims[key.id] = person
        if key:
            _keep(self._people, person, key)
        else:
            key = self._new[person] = self._made(person, int.from_bytes(self.random(8), "big") >> 1 or 1)
        if self._names is not None and len(self._names) <= KNOWN:
            self._names.add(person)
        _keep(self._opened, key.id, key)
        return key

    def _made_spares(self) -> list[Key]:
        """Some for people to come. Their ids are neighbours: on the disk they then lie on few pages."""
        first = int.from_bytes(self.random(8), "big") >> 1 & ~(2 * MOST_SPARES - 1) | 1
        return [self._made(NOBODY, number) for number in range(first, first + self._stock)]

    def _made(self, person: str, number: int) -> Key:
        secret = self.random(KEY)
        if self._renewed is not None:
            self._renewed.add(number)
        return Key(number, person, secret, AESGCM(secret), self.owner(person), b"%d" % number)

    def _found(self, number: int) -> Key | None:
        with self._turn:
            stored = self.ring.get(number)
            key = self._unwrapped(stored) if stored and stored[3] else None
            if key:
                _keep(self._opened, number, key)
            elif stored is None or stored[3]:
                self.missing.add(number)
            return key

    def _claimed(self, claims: Sequence[tuple[int, str]]) -> None:
        for number, person in claims:
            if self._claims.get(number) == person:
                del self._claims[number]

    def _wrapped(self, person: str | None, key: Key, by: str, secret: bytes) -> Wrapped:
        where = bound(self.ring.workspace, "key", str(key.id), by)
        return Wrapped(key.id, person, by, seal(self._cipher(secret), self.random(NONCE), key.secret, where))

    def _unwrapped(self, stored: Stored) -> Key | None:
        number, person, by, data = stored
        secret = self.ring.workspace_key(by)
        if secret is None:
            return None
        opened = unseal(self._cipher(secret), data, bound(self.ring.workspace, "key", str(number), by))
        return Key(number, person, opened, AESGCM(opened), self.owner(person), b"%d" % number)

    def _cipher(self, secret: bytes) -> AESGCM:
        """The cipher of a workspace key: set up once for all keys that it wraps, not once for each."""
        if self._wrapping[0] != secret:
            self._wrapping = secret, AESGCM(secret)
        return self._wrapping[1]


def personal(person: str) -> bool:
    """Whether a key seals a person's fields, and not what belongs to the workspace as a whole."""
    return person != NOBODY and not person.startswith(OWN)


def _keep(known: OrderedDict[_Name, Key], name: _Name, key: Key) -> None:
    known[name] = key
    if len(known) > KNOWN:
        known.popitem(last=False)
