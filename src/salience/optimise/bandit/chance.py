"""All chance of a loop's answers comes from ids, so that the same question has the same answer."""

from __future__ import annotations

import hashlib


def seed_of(loop: str, event_id: str) -> int:
    """All chance of an answer comes from its event id."""
    return int.from_bytes(hashlib.blake2b(f"{loop}\0{event_id}".encode(), digest_size=7).digest())


def luck(seed: int, what: str) -> float:
    """A uniform number for one draw."""
    drawn = hashlib.blake2b(f"{seed}\0{what}".encode(), digest_size=8).digest()
    return (int.from_bytes(drawn) >> 11) / (1 << 53)
