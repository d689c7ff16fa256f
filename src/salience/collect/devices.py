"""Coarse device and country from what a request says anyway; on only where a workspace asks for it. No address is used.

Families and classes, never versions or models: three words that a million visitors share identify nobody.
"""

from __future__ import annotations

import re

from msgspec import Struct


class Device(Struct, frozen=True):
    """Families; empty where not known."""

    browser: str = ""
    system: str = ""
    device: str = ""


_BROWSERS = (
    ("WeChat", "micromessenger"),
    ("Edge", r"edg(?:e|a|ios)?/"),
    ("Opera", r"\bopr/|\bopera"),
    ("Samsung Internet", "samsungbrowser/"),
    ("UC Browser", "ucbrowser/|ubrowser/"),
    ("QQ Browser", "mqqbrowser/|qqbrowser/"),
    ("Firefox", "firefox/|fxios/"),
    ("Chrome", "chrome/|crios/|chromium/"),
    ("Safari", r"version/[\d.]+.*safari/|safari/"),
)
_SYSTEMS = (
    ("HarmonyOS", "harmonyos|openharmony"),
    ("Android", "android"),
    ("iOS", r"\b(?:iphone|ipad|ipod)\b"),
    ("Windows", "windows"),
    ("ChromeOS", r"\bcros\b"),
    ("macOS", "macintosh|mac os x"),
    ("Linux", "linux|x11"),
)
_TABLET = re.compile(r"\bipad\b|tablet|android(?!.*\bmobile\b)", re.IGNORECASE)
_PHONE = re.compile(r"\bmobile\b|\biphone\b|\bipod\b|phone", re.IGNORECASE)
_TELEVISION = re.compile(r"smart-?tv|\btv\b|web0s|tizen.*tv|appletv|googletv|hbbtv", re.IGNORECASE)
_PATTERNS = {pattern: re.compile(pattern, re.IGNORECASE) for _, pattern in (*_BROWSERS, *_SYSTEMS)}


def device(agent: str) -> Device:
    """Browser family, system family and class of a User-Agent. The first pattern that fits, so order matters above.

    >>> device("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1")
    Device(browser='Safari', system='iOS', device='phone')
    """
    if not agent:
        return Device()
    kind = "television" if _TELEVISION.search(agent) else ""
    kind = kind or ("tablet" if _TABLET.search(agent) else "phone" if _PHONE.search(agent) else "")
    system = _first(_SYSTEMS, agent)
    return Device(_first(_BROWSERS, agent), system, kind or ("computer" if system else ""))


def _first(families: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for name, pattern in families if _PATTERNS[pattern].search(agent)), "")


def country(locale: str, timezone: str = "") -> str:
    """An ISO 3166 country, from the time zone where one country has it for itself, else from the locale's region.

    >>> country("en-US", "Europe/Berlin"), country("zh-Hans-CN"), country("en")
    ('DE', 'CN', '')
    """
    if timezone in ZONES:
        return ZONES[timezone]
    region = re.fullmatch(r"[A-Za-z]{2,3}(?:[-_][A-Za-z]{4})?[-_]([A-Za-z]{2})(?:[-_.].*)?", locale)
    return region[1].upper() if region else ""


_CITIES = """
Europe Berlin=DE Paris=FR London=GB Madrid=ES Rome=IT Vienna=AT Zurich=CH Amsterdam=NL Brussels=BE Warsaw=PL Prague=CZ
Europe Lisbon=PT Dublin=IE Stockholm=SE Oslo=NO Copenhagen=DK Helsinki=FI Athens=GR Budapest=HU Bucharest=RO Sofia=BG
Europe Kyiv=UA Moscow=RU Istanbul=TR
Asia Shanghai=CN Urumqi=CN Hong_Kong=HK Taipei=TW Tokyo=JP Seoul=KR Singapore=SG Kolkata=IN Jakarta=ID Bangkok=TH
Asia Ho_Chi_Minh=VN Manila=PH Kuala_Lumpur=MY Karachi=PK Dhaka=BD Dubai=AE Riyadh=SA Jerusalem=IL
America New_York=US Chicago=US Denver=US Los_Angeles=US Phoenix=US Anchorage=US Toronto=CA Vancouver=CA Mexico_City=MX
America Sao_Paulo=BR Bogota=CO Lima=PE Santiago=CL
Australia Sydney=AU Melbourne=AU Brisbane=AU Perth=AU Adelaide=AU
Pacific Auckland=NZ Honolulu=US
Africa Cairo=EG Lagos=NG Nairobi=KE Johannesburg=ZA Casablanca=MA
"""

ZONES = {
    f"{area}/{city}": code
    for area, *cities in (line.split() for line in _CITIES.split("\n") if line)
    for city, _, code in (entry.partition("=") for entry in cities)
}
"""Time zones (IANA names) that stand for one country: those of larger markets; all others are left unknown."""
