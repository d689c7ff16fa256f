"""One personal value sealed so that it opens only where it was put: AES-256-GCM (NIST SP 800-38D). Pure.

``cell = nonce (96 random bits) + ciphertext + tag (128 bits)``. The associated data names workspace, person, field and
event, so a cell that is moved to another row, column, person or shop no longer opens. A person's key is wrapped the
same way by the workspace's key. Random nonces are safe for 2^32 cells under one key; a person does not do that much.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY, NONCE = 32, 12
"""Bytes of a key and of a nonce."""

MOVED = "a sealed value does not open: it was changed, or moved from where it belongs"


def bound(*parts: str) -> bytes:
    """Associated data out of names. Each carries its length, so no two lists of names give the same bytes.

    >>> bound("ab", "c") == bound("a", "bc")
    False
    """
    return b"".join(map(word, parts))


def word(name: str) -> bytes:
    """One name of associated data: its length in bytes, and it.

    >>> word("茶")
    b'3:\xe8\x8c\xb6'
    """
    encoded = name.encode("utf-8", "surrogatepass")
    return b"%d:%s" % (len(encoded), encoded)


def seal(cipher: AESGCM, nonce: bytes, value: bytes, where: bytes) -> bytes:
    """The cell of a value. ``nonce``: `NONCE` fresh random bytes, never used twice with one key."""
    return nonce + cipher.encrypt(nonce, value, where)


def unseal(cipher: AESGCM, cell: bytes, where: bytes) -> bytes:
    """The value of a cell. `ValueError` if a bit differs, or if it was sealed for another place.

    >>> cipher = AESGCM(b"k" * KEY)
    >>> cell = seal(cipher, b"n" * NONCE, b"12 Elm Street", bound("shop", "ann", "address", "e1"))
    >>> unseal(cipher, cell, bound("shop", "ann", "address", "e1"))
    b'12 Elm Street'
    >>> unseal(cipher, cell, bound("shop", "bob", "address", "e1"))
    Traceback (most recent call last):
        ...
    ValueError: a sealed value does not open: it was changed, or moved from where it belongs
    """
    try:
        return cipher.decrypt(cell[:NONCE], cell[NONCE:], where)
    except (InvalidTag, ValueError):
        raise ValueError(MOVED) from None
