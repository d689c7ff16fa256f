"""Passwords: what may be one, and the Argon2id hash (RFC 9106) that is all that is kept of it.

Second recommended option of the RFC: 64 MiB, three passes, four lanes. So that many guesses at once do not fill the
memory, `AT_ONCE` hashes are computed at a time; who has to wait too long is told to come back.
"""

from __future__ import annotations

import hmac
import os
import threading
from pathlib import Path

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from salience.events import InvalidInput
from salience.store.faults import Unavailable

LEAST, ADVISED, MOST = 8, 15, 256
PASSES, LANES, KIB = 3, 4, 65_536
AT_ONCE, PATIENCE_SECONDS = 2, 5.0
_working = threading.BoundedSemaphore(AT_ONCE)
_COMMON = frozenset((Path(__file__).parent / "common_passwords.txt").read_text(encoding="utf-8").split())


def acceptable(password: str, name: str) -> str:
    """The password; `InvalidInput` says what is wrong with it, without repeating it. No rule about kinds of letters.

    >>> acceptable("four words you know", "ann")
    'four words you know'
    """
    plain = password.casefold()
    if not LEAST <= len(password) <= MOST:
        way_out = f"{ADVISED} or more are advised, e.g. four words"
        raise InvalidInput("password", "", f"must have {LEAST} to {MOST} characters", way_out)
    if plain in _COMMON or plain.rstrip("0123456789!.?") in _COMMON or len(set(plain)) < 4:
        raise InvalidInput("password", "", "is one of those that are guessed first", "take another one")
    if name.casefold() in plain or plain in name.casefold():
        raise InvalidInput("password", "", "must not be the name, or hold it", "take another one")
    return password


def hashed(password: str) -> str:
    """Its hash in PHC form, with a salt of its own."""
    with _turn():
        return _argon(os.urandom(16)).derive_phc_encoded(password.encode())


def matches(password: str, phc: str) -> bool:
    """Whether this is the password. For nobody's hash (""), false after the same work."""
    with _turn():
        try:
            Argon2id.verify_phc_encoded(password.encode(), phc or _NOBODY)
        except InvalidKey:
            return False
        return bool(phc)


def outdated(phc: str) -> bool:
    """Whether it was hashed with less work than today's: then it is hashed anew at the next sign-in."""
    return not hmac.compare_digest(phc.rsplit("$", 2)[0], _NOBODY.rsplit("$", 2)[0])


class _turn:  # noqa: N801 - used as a block
    """A place at work, or `Unavailable`."""

    def __enter__(self) -> None:
        if not _working.acquire(timeout=PATIENCE_SECONDS):
            raise Unavailable("too many people sign in at this moment", retry_after=int(PATIENCE_SECONDS))

    def __exit__(self, *_: object) -> None:
        _working.release()


def _argon(salt: bytes) -> Argon2id:
    return Argon2id(salt=salt, length=32, iterations=PASSES, lanes=LANES, memory_cost=KIB)


_NOBODY = f"$argon2id$v=19$m={KIB},t={PASSES},p={LANES}${'A' * 22}${'A' * 43}"
"""A hash that no password has: what is compared with where there is no account, so that time tells nothing."""
