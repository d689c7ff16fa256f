"""The audit chain: who did what to people's data and when, so that nobody can change it unseen. Pure.

    hash_n = HMAC-SHA-256(key, hash_(n-1) | n | at | actor | action | about | detail)

The key lies apart from the rows, so whoever can write the rows cannot make a hash that fits. The head (how many rows,
the last hash) is signed with it and kept apart as well: cutting rows off the end is noticed. ``about`` is a pseudonym
and ``detail`` holds counts and names of places, never a personal value, so an erasure breaks nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

import msgspec
from msgspec import Struct, structs

_encode = msgspec.json.Encoder(order="deterministic").encode
FIRST = "0" * 64


class Entry(Struct, frozen=True):
    """One row. ``seq`` counts from 1; ``hash`` covers everything before it."""

    seq: int
    at: int
    actor: str
    action: str
    about: str
    detail: str
    hash: str = ""


class Head(Struct, frozen=True):
    """The end of the chain, kept apart from it. ``seal`` signs the rest."""

    rows: int
    hash: str
    seal: str = ""


def linked(key: bytes, previous: str, entry: Entry) -> Entry:
    """The entry with its hash, given the hash of the row before it.

    >>> one = linked(b"k" * 32, FIRST, Entry(1, 5, "cli", "erased", "p1_x", "rows=3"))
    >>> broken(b"k" * 32, [one], sealed(b"k" * 32, Head(1, one.hash)))
    ''
    """
    said = _encode((previous, structs.replace(entry, hash="")))
    return structs.replace(entry, hash=hmac.new(key, said, hashlib.sha256).hexdigest())


def sealed(key: bytes, head: Head) -> Head:
    """The head with its signature."""
    said = _encode(("head", head.rows, head.hash))
    return structs.replace(head, seal=hmac.new(key, said, hashlib.sha256).hexdigest())


def broken(key: bytes, entries: Iterable[Entry], head: Head | None) -> str:
    """What is wrong with the chain, naming the first bad row; "" if it is whole.

    Rows beyond the head are good if they are linked: a crash between a row and its head leaves one such row.
    """
    if head is not None and not hmac.compare_digest(sealed(key, head).seal, head.seal):
        return "the head is not the one that was signed"
    previous, seq = FIRST, 0
    for entry in entries:
        seq += 1
        if entry.seq != seq:
            return f"row {seq}: is missing or stands in another place (row {entry.seq} stands there)"
        if not hmac.compare_digest(linked(key, previous, entry).hash, entry.hash):
            return f"row {seq}: was changed, or is not the one that was written there"
        if head is not None and seq == head.rows and entry.hash != head.hash:
            return f"row {seq}: is not the one that the head names"
        previous = entry.hash
    if head is None:
        return "" if seq == 0 else "the head is gone"
    return f"row {seq + 1}: is missing; the head counts {head.rows} rows" if seq < head.rows else ""
