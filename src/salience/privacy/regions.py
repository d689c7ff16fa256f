"""What holds by region while a person has said nothing, and which clocks run there. Data for counsel, not legal advice.

Silence is read the strict way where the region is unknown. Nowhere does silence allow the use of sensitive data.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

from msgspec import Struct

Purpose: TypeAlias = Literal["analytics", "personalisation", "marketing", "sharing", "sensitive"]
PURPOSES: Final[tuple[Purpose, ...]] = get_args(Purpose)
Default: TypeAlias = dict[Purpose, bool]

OPT_IN: Final[Default] = dict.fromkeys(PURPOSES, False)
OPT_OUT: Final[Default] = {**dict.fromkeys(PURPOSES, True), "sensitive": False}

Law: TypeAlias = Literal["GDPR", "CCPA", "PIPL"]


class Clock(Struct, frozen=True):
    """How long an answer may take. Days are calendar days; ``confirm`` counts business days, 0 where none is asked.

    ``longer``: what may be added once, if the person is told why within ``answer``.
    """

    law: Law
    answer: int
    longer: int
    confirm: int
    opt_out: int
    keep_months: int


CLOCKS: Final[dict[Law, Clock]] = {
    "GDPR": Clock("GDPR", answer=30, longer=60, confirm=0, opt_out=30, keep_months=36),
    "CCPA": Clock("CCPA", answer=45, longer=45, confirm=10, opt_out=15, keep_months=24),
    "PIPL": Clock("PIPL", answer=15, longer=0, confirm=0, opt_out=15, keep_months=36),
}
"""GDPR 12(3): one month, two more. CCPA: 45 days and 45 more (Civ. Code 1798.130), confirmed in 10 business days
(11 CCR 7021), opt-outs in 15 business days (7026), records 24 months (7101). PIPL 50 says "promptly"; 15 days is the
practice. One month is counted as 30 days, the strict way."""


class Region(Struct, frozen=True):
    """``default``: what silence allows. ``minor_under``: the age below which a guardian has to agree."""

    default: Default
    law: Law
    minor_under: int


_EU = Region(OPT_IN, "GDPR", 16)
_US = Region(OPT_OUT, "CCPA", 16)
_CN = Region(OPT_IN, "PIPL", 14)
_EUROPE = "AT BE BG HR CY CZ DE DK EE ES FI FR GR HU IE IT LT LU LV MT NL PL PT RO SE SI SK IS LI NO GB CH EU"
_AS_STRICT = "BR IN KR TH TR ZA"
REGIONS: Final[dict[str, Region]] = {
    **dict.fromkeys(f"{_EUROPE} {_AS_STRICT}".split(), _EU),
    **dict.fromkeys(["US", "CA", "AU", "NZ", "JP", "SG"], _US),
    "CN": _CN,
}
"""By ISO 3166 country; ``EU`` stands for any of its members. An unknown region has the rules of `_EU`."""


def region_of(name: str) -> Region:
    """The rules of a country or a part of it (``"US-CA"``); strict where the region is unknown.

    >>> region_of("us-ca").law, region_of("CN").minor_under, region_of("atlantis").default["marketing"]
    ('CCPA', 14, False)
    """
    return REGIONS.get(name.upper().partition("-")[0], _EU)


def default_for(region: str) -> Default:
    """What silence allows there."""
    return region_of(region).default
