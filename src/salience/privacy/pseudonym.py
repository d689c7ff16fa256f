"""Pseudonyms: an id that can be compared and counted but not read, and that a new key makes anew.

HMAC-SHA-256 (RFC 2104) under a key of the workspace: without the key nobody can try likely ids, as one can with a
plain hash. The version tag says which key made it, so keys can be changed while old pseudonyms are still known.
"""

from __future__ import annotations

import hashlib
import hmac

from salience.events import InvalidInput

SHORTEST_KEY = 32


def pseudonym(name: str, key: bytes, *, version: int = 1) -> str:
    """``p<version>_`` and 43 characters of 256 bits. ``key``: at least 32 random bytes.

    >>> pseudonym("ann", b"k" * 32) == pseudonym("ann", b"k" * 32) != pseudonym("ann", b"l" * 32)
    True
    >>> pseudonym("ann", b"k" * 32, version=2)[:3]
    'p2_'
    """
    if len(key) < SHORTEST_KEY:
        raise InvalidInput("key", f"{len(key)} bytes", f"must have at least {SHORTEST_KEY}", "make one with `secrets`")
    # The version is part of what is signed, so that nobody can pass an old pseudonym off as a new one.
    digest = hmac.new(key, f"{version}:{name}".encode(), hashlib.sha256).digest()
    return f"p{version}_" + _text(digest)


def version_of(made: str) -> int:
    """Which key made a pseudonym. `InvalidInput` for anything else."""
    tag, underscore, rest = made.partition("_")
    if not (tag[:1] == "p" and tag[1:].isdecimal() and underscore and len(rest) == 43):
        raise InvalidInput("pseudonym", made, "must begin with p, a version and _")
    return int(tag[1:])


def _text(digest: bytes) -> str:
    from base64 import urlsafe_b64encode

    return urlsafe_b64encode(digest).rstrip(b"=").decode()
