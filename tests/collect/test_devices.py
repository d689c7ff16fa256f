"""Families of devices and countries, and that none of it is there unless it is asked for."""

from __future__ import annotations

import pytest

from salience.collect.accept import accept
from salience.collect.devices import Device, country, device
from salience.collect.sender import Door
from salience.events import Click

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ("", Device()),
        (WINDOWS, Device("Chrome", "Windows", "computer")),
        (WINDOWS + " Edg/126.0", Device("Edge", "Windows", "computer")),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko Firefox/128.0",
            Device("Firefox", "Linux", "computer"),
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605 Version/17.5 Safari/605.1.15",
            Device("Safari", "macOS", "computer"),
        ),
        (
            "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605 Version/17.5 Mobile/15E148 Safari/604.1",
            Device("Safari", "iOS", "tablet"),
        ),
        (
            "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 Chrome/116 MicroMessenger/8.0.49 Mobile",
            Device("WeChat", "Android", "phone"),
        ),
        (
            "Mozilla/5.0 (Linux; Android 13; SM-X710) AppleWebKit/537.36 SamsungBrowser/23.0 Chrome/115 Safari/537.36",
            Device("Samsung Internet", "Android", "tablet"),
        ),
        (
            "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 Chrome/87.0 Safari/537.36",
            Device("Chrome", "Linux", "television"),
        ),
        ("something else", Device()),
    ],
)
def test_families(agent: str, expected: Device) -> None:
    assert device(agent) == expected


@pytest.mark.parametrize(
    ("locale", "timezone", "expected"),
    [
        ("de-DE", "", "DE"),
        ("de_AT.UTF-8", "", "AT"),
        ("zh-Hans-CN", "", "CN"),
        ("en-US", "Asia/Tokyo", "JP"),
        ("en", "Etc/UTC", ""),
        ("", "", ""),
        ("en-GB", "Nowhere/Known", "GB"),
    ],
)
def test_countries(locale: str, timezone: str, expected: str) -> None:
    assert country(locale, timezone) == expected


def test_by_default_only_the_cut_address_stays_and_with_the_setting_three_families() -> None:
    context = {"user_agent": WINDOWS, "ip": "2001:db8:1:2::7", "locale": "de-DE", "page": "/"}
    sent = Click(id="1", user="u", item="tea", context=dict(context))
    (plain,) = accept([sent], now=5, source="x").events
    assert plain.context == {"ip": "2001:db8:1::", "locale": "de-DE", "page": "/"}
    (coarse,) = accept([sent], now=5, source="x", door=Door(coarse=True)).events
    families = {"browser": "Chrome", "system": "Windows", "device": "computer", "country": "DE"}
    assert coarse.context == {**plain.context, **families}


@pytest.mark.parametrize(
    ("address", "kept"), [("203.0.113.77", "203.0.113.0"), ("::ffff:203.0.113.77", "203.0.113.0"), ("x", None)]
)
def test_addresses_are_cut_before_they_are_stored(address: str, kept: str | None) -> None:
    (event,) = accept([Click(id="1", user="u", item="tea", context={"ip": address})], now=5, source="x").events
    assert event.context.get("ip") == kept
