"""GPP strings (IAB Tech Lab, Global Privacy Platform): opt-outs of the US states, and a TC string inside. Pure.

Sections read: 2 (EU TCF), 6 (old US privacy string), 7 (US national), 8 (California). Anything else, and anything
broken, is read the most protective way: opted out. A field of 0 means "not applicable", which is never consent.
"""

from __future__ import annotations

from typing import NamedTuple

from salience.events import Signal
from salience.privacy import tcf
from salience.privacy.bits import Bits, Broken
from salience.privacy.regions import Purpose

OPTED_OUT = 1
_NATIONAL_NOTICES, _CALIFORNIAN_NOTICES = 6, 3
_SENSITIVE = {(7, 1): 12, (7, 2): 16, (8, 1): 9}
_CHILDREN = {(7, 1): 2, (7, 2): 3, (8, 1): 2}
"""(section, version) -> how many fields of two bits there are."""


class Said(NamedTuple):
    """What a string says: purposes of its TC string (none without one), and signals that it switches on."""

    purposes: dict[Purpose, bool]
    signals: dict[Signal, bool]


STRICT = Said(dict(tcf.NOTHING), {"opt_out": True})


def said(string: str, *, vendor: int = 0) -> Said:
    """Read a string.

    >>> said("DBABLA~BVVqAAEABCA.QA").signals, said("DBABLA~BVVqAAEABCA.YA").signals["opt_out"]
    ({}, True)
    >>> said("nonsense") == STRICT
    True
    """
    try:
        header, *parts = string.split("~")
        numbers = sections(header)
        if len(numbers) != len(parts) or not parts:
            return STRICT
        purposes: dict[Purpose, bool] = {}
        signals: dict[Signal, bool] = {}
        for number, part in zip(numbers, parts, strict=True):
            if number == 2:
                tcf.read(part)  # a broken string inside makes the whole of it strict
                purposes = tcf.granted(part, vendor=vendor)
            else:
                signals.update(_american(number, part))
        return Said(purposes, signals)
    except Broken:
        return STRICT


def sections(header: str) -> list[int]:
    """The numbers of the sections, in their order.

    >>> sections("DBACNYA"), sections("DBABLA")
    ([2, 6], [7])
    """
    bits = Bits(header)
    if bits.whole(6) != 3 or bits.whole(6) != 1:
        raise Broken("is no GPP header of version 1")
    found: list[int] = []
    last = 0
    for _ in range(bits.whole(12)):
        several = bits.flag()
        low = last = last + bits.fibonacci()
        if several:
            last = low + bits.fibonacci()
        if last > 1_000:
            raise Broken("names sections that do not exist")
        found += range(low, last + 1)
    return found


def _american(number: int, part: str) -> dict[Signal, bool]:
    if number == 6:
        if len(part) != 4 or part[0] != "1":
            raise Broken("is no US privacy string")
        return {"opt_out": True} if part[2] not in "N-" else {}
    if number not in (7, 8):
        return {"opt_out": True}
    core, *more = part.split(".")
    bits = Bits(core)
    version = bits.whole(6)
    if (number, version) not in _SENSITIVE:
        raise Broken("is of a version that is not known")
    bits.skip(2 * (_NATIONAL_NOTICES if number == 7 else _CALIFORNIAN_NOTICES))
    choices = [bits.whole(2) for _ in range(3 if number == 7 else 2)]  # sale, sharing, targeted advertising
    bits.skip(2 * _SENSITIVE[number, version])
    children = [bits.whole(2) for _ in range(_CHILDREN[number, version])]
    out = any(choice in (OPTED_OUT, 3) for choice in choices) or any(_gpc(segment) for segment in more)
    found: dict[Signal, bool] = {"opt_out": True} if out else {}
    return {**found, "minor": True} if any(children) else found


def _gpc(segment: str) -> bool:
    """The sub-section of type 1 holds one bit."""
    bits = Bits(segment)
    return bits.whole(2) == 1 and bits.flag()
