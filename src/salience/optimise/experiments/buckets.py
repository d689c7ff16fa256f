"""Deterministic assignment: a hash of salt and unit is a place in [0, 1), and the place says the arm.

No table is needed to give the same person the same arm in every process, and nobody's arm depends on who came before.
Experiments of one layer take disjoint spans of the layer's places, so nobody is in two of them; different layers hash
with different salts, so their experiments cross evenly. A restarted experiment has a new salt: what the first run did
to people must not be dealt to the same half again (Kohavi et al., *Trustworthy Online Controlled Experiments*, ch. 19).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from salience.events.fault import InvalidInput

Span: TypeAlias = tuple[float, float]
"""[low, high) of a layer's places."""

FREE_BELOW = 1e-9
"""Spans narrower than this are rounding, not room."""


def place(salt: str, unit: str) -> float:
    """A number in [0, 1) that looks random and never changes.

    >>> place("home-1", "ann") == place("home-1", "ann"), place("home-1", "ann") == place("home-2", "ann")
    (True, False)
    """
    digest = hashlib.blake2b(f"{salt}\0{unit}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest) >> 11) / 2.0**53


def arm_at(at: float, shares: Mapping[str, float]) -> str:
    """The arm whose part of [0, 1) holds ``at``; arms lie side by side in the order given.

    >>> arm_at(0.2, {"control": 0.5, "new": 0.5}), arm_at(0.5, {"control": 0.5, "new": 0.5})
    ('control', 'new')
    """
    reached = 0.0
    names = [name for name, share in shares.items() if share > 0]
    for name in names:
        reached += shares[name]
        if at < reached:
            return name
    return names[-1]  # the shares may sum to a hair below 1


def assigned(unit: str, *, salt: str, layer: str, span: Span, shares: Mapping[str, float]) -> str | None:
    """The arm of a unit, or None where its place in the layer is outside the experiment's span."""
    if not span[0] <= place(f"layer:{layer}", unit) < span[1]:
        return None
    return arm_at(place(salt, unit), shares)


def room(width: float, taken: Iterable[Span], layer: str) -> Span:
    """The lowest free span of this width in a layer. `InvalidInput` if the experiments that run leave no such room.

    >>> room(0.5, [(0.0, 0.3)], "pages")
    (0.3, 0.8)
    """
    low = 0.0
    for start, end in sorted(taken):
        if start - low >= width - FREE_BELOW:
            break
        low = max(low, end)
    if low + width > 1 + FREE_BELOW:
        rule = f"the layer {layer!r} has no free span of {width:.0%}: its running experiments take the rest"
        raise InvalidInput("traffic", width, rule, "lower it, stop one of them, or use another layer")
    return low, min(low + width, 1.0)


def checked_shares(shares: Mapping[str, float], arms: Sequence[str]) -> dict[str, float]:
    """The shares by arm, in the order of the arms, summing to 1; `InvalidInput` where they do not fit."""
    unknown = [name for name in shares if name not in arms]
    if unknown:
        raise InvalidInput("shares", unknown[0], "is no arm", f"the arms are {', '.join(arms)}")
    total = sum(shares.values())
    if min(shares.values(), default=-1) < 0 or abs(total - 1) > 1e-6:
        raise InvalidInput("shares", dict(shares), f"must be 0 or more and sum to 1, not {total:g}", "e.g. 0.5 and 0.5")
    if sum(share > 0 for share in shares.values()) < 2:
        raise InvalidInput("shares", dict(shares), "leaves fewer than two arms", "stop the experiment instead")
    return {arm: shares.get(arm, 0.0) for arm in arms}
