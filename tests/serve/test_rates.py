"""How often one may call: with a clock of the test's own, then over HTTP."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from salience import Engine
from salience.events import InvalidInput
from salience.serve.app import app
from salience.serve.rates import HELD, HELD_SECONDS, Buckets, Rates
from salience.serve.run import background
from salience.settings import Settings
from tests.serve.site import KEYS, SECRET, WRITE


def test_a_bucket_holds_ten_seconds_and_fills_steadily() -> None:
    moment = [0.0]
    buckets = Buckets(2.0, lambda: moment[0])
    assert [buckets.wait("a") for _ in range(21)] == [0] * 20 + [1]
    assert buckets.wait("b") == 0
    moment[0] = 0.5
    assert [buckets.wait("a") for _ in range(2)] == [0, 1]
    moment[0] = 1e9
    assert [buckets.wait("a") for _ in range(21)] == [0] * 20 + [1]


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),  # no proxy of ours: whatever it writes is ignored
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["1.2.3.4, 198.51.100.1", "10.9.9.9"], "198.51.100.1"),
        ("10.0.0.1", ["nonsense"], "10.0.0.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("::1", ["2001:db8::7"], "2001:db8::7"),
    ],
)
def test_only_trusted_proxies_say_who_calls(peer: str, forwarded: list[str], expected: str) -> None:
    assert Rates(trusted_proxies="10.0.0.0/8, ::1").caller(peer, forwarded) == expected


def test_a_proxy_that_is_no_address_is_refused() -> None:
    with pytest.raises(InvalidInput, match="trusted_proxies"):
        Rates(trusted_proxies="proxy.local")


def statuses(settings: Settings, key: str, calls: int, **headers: str) -> list[httpx.Response]:
    with Engine.in_memory(settings) as engine, background(app(engine, KEYS.get)) as address:
        given = {"Authorization": f"Bearer {key}", **headers}
        with httpx.Client(base_url=address, headers=given) as client:
            event = {"kind": "click", "anonymous": "v", "item": "tea"}
            return [
                client.post(
                    "/v1/collect",
                    json={"events": [{**event, "id": str(n)}]},
                    headers={"X-Forwarded-For": f"203.0.113.{n}"},
                )
                for n in range(calls)
            ]


@pytest.mark.parametrize("settings", [Settings(rate_per_key=0.2), Settings(rate_per_address=0.2)])
def test_too_many_calls_are_429_with_seconds_and_a_forged_header_helps_nobody(settings: Settings) -> None:
    answers = statuses(settings, WRITE, 4)
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 5
    assert answers[-1].json()["code"] == "too_many_requests"


def test_a_refusal_is_kept_back_unless_many_are() -> None:
    async def both() -> tuple[float, float]:
        loop, rates = asyncio.get_running_loop(), Rates()
        began = loop.time()
        await asyncio.gather(*(rates.hold_back() for _ in range(HELD)))
        one = loop.time() - began
        waiting = [asyncio.create_task(rates.hold_back()) for _ in range(HELD)]
        await asyncio.sleep(0)
        began = loop.time()
        await rates.hold_back()
        at_once = loop.time() - began
        await asyncio.gather(*waiting)
        return one, at_once

    one, at_once = asyncio.run(both())
    assert one >= HELD_SECONDS
    assert at_once < HELD_SECONDS


def test_servers_have_no_limit_by_address() -> None:
    assert {answer.status_code for answer in statuses(Settings(rate_per_address=0.2), SECRET, 4)} == {200}
