"""TC strings (IAB Europe TCF 2.2 and 2.3): what they allow, in our purposes. Broken or old ones allow nothing. Pure.

Layout: "Consent string and vendor list format", core segment and segment type 1 (disclosed vendors). Policy version 4
is TCF 2.2, 5 is TCF 2.3, which must say which vendors were disclosed. Legitimate interest counts for measuring only.
"""

from __future__ import annotations

from typing import NamedTuple

from salience.privacy.bits import Bits, Broken
from salience.privacy.regions import PURPOSES, Purpose

OLDEST_POLICY, DISCLOSING_POLICY = 4, 5
NEEDED: dict[Purpose, frozenset[int]] = {
    "analytics": frozenset({8}),
    "personalisation": frozenset({5, 6}),
    "marketing": frozenset({3, 4}),
    "sharing": frozenset({3, 4}),
}
"""Our purpose -> purposes of the framework that all have to be consented to, besides 1 (storing on the device):
8 measure content · 5, 6 profile for and choose personalised content · 3, 4 the same for advertising."""

NOTHING: dict[Purpose, bool] = dict.fromkeys(PURPOSES, False)


class Core(NamedTuple):
    """What counts of the core segment. ``denied``: (purpose, vendor) pairs that the publisher ruled out."""

    policy: int
    consents: frozenset[int]
    interests: frozenset[int]
    vendors: frozenset[int]
    disclosed: frozenset[int] | None
    denied: frozenset[tuple[int, int]]


def granted(string: str, *, vendor: int = 0) -> dict[Purpose, bool]:
    """Purpose -> whether the string allows it. ``vendor``: our number in the Global Vendor List, 0 if we have none.

    Without a number nothing may be shared with others, and the site's own purposes alone decide the rest.

    >>> granted("garbage")["personalisation"], granted("")["analytics"]
    (False, False)
    """
    try:
        core = read(string)
    except Broken:
        return dict(NOTHING)
    hidden = core.disclosed is None and core.policy >= DISCLOSING_POLICY
    if vendor and (hidden or (core.disclosed is not None and vendor not in core.disclosed)):
        return dict(NOTHING)
    if core.policy < OLDEST_POLICY or 1 not in core.consents or (vendor and vendor not in core.vendors):
        return dict(NOTHING)
    found = dict(NOTHING)
    for purpose, needed in NEEDED.items():
        ours = core.consents | (core.interests & {8} if purpose == "analytics" else frozenset())
        ruled_out = any((one, vendor) in core.denied for one in needed) if vendor else False
        found[purpose] = needed <= ours and not ruled_out and (purpose != "sharing" or vendor > 0)
    return found


def read(string: str) -> Core:
    """Decode. `Broken` for anything that is not a whole string of version 2."""
    first, *others = string.split(".")
    bits = Bits(first)
    if bits.whole(6) != 2:
        raise Broken("is not of version 2")
    bits.skip(36 + 36 + 12 + 12 + 6 + 12 + 12)  # times, platform, screen, language, version of the vendor list
    policy = bits.whole(6)
    bits.skip(2 + 12)  # service-specific, own texts; special features
    consents, interests = bits.members(24), bits.members(24)
    bits.skip(1 + 12)  # purpose one treatment, publisher's country
    vendors = _vendors(bits)
    _vendors(bits)  # legitimate interest of vendors
    denied = _denied(bits)
    disclosed = None
    for segment in others:
        more = Bits(segment)
        if more.whole(3) == 1:
            disclosed = _vendors(more)
    return Core(policy, consents, interests, vendors, disclosed, denied)


def _vendors(bits: Bits) -> frozenset[int]:
    highest = bits.whole(16)
    return _ranges(bits) if bits.flag() else bits.members(highest)


def _ranges(bits: Bits) -> frozenset[int]:
    found: set[int] = set()
    for _ in range(bits.whole(12)):
        several, low = bits.flag(), bits.whole(16)
        high = bits.whole(16) if several else low
        if high < low:
            raise Broken("holds a range that ends before it begins")
        found.update(range(low, high + 1))
    return frozenset(found)


def _denied(bits: Bits) -> frozenset[tuple[int, int]]:
    """Restrictions of type 0 (not allowed) and 2 (legitimate interest only) leave no room for consent."""
    found: set[tuple[int, int]] = set()
    for _ in range(bits.whole(12)):
        purpose, sort = bits.whole(6), bits.whole(2)
        vendors = _ranges(bits)
        if sort in (0, 2):
            found.update((purpose, vendor) for vendor in vendors)
    return frozenset(found)
