from __future__ import annotations

import socket
import zlib
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from salience.collect.limits import PUBLIC, SECRET
from salience.serve.fault import HttpFault
from salience.serve.limits import unpack
from salience.serve.load import Limits, Load
from tests.serve.site import SECRET as SECRET_KEY
from tests.serve.site import WRITE, Site, open_site


@pytest.fixture(scope="module")
def strict_site() -> Iterator[Site]:
    with open_site(Limits(body_seconds=0.2, at_once=0)) as site:
        yield site


@pytest.fixture(scope="module")
def slow_site() -> Iterator[Site]:
    with open_site(Limits(body_seconds=0.2)) as site:
        yield site


def raw(site: Site, request: bytes) -> bytes:
    """Send bytes as they are; what came back until the server closed."""
    where = urlsplit(str(site.client.base_url))
    with socket.create_connection((where.hostname, where.port or 0), timeout=10) as line:
        line.sendall(request)
        got = b""
        while part := line.recv(65_536):
            got += part
        return got


def head(*lines: str) -> bytes:
    usual = ["POST /v1/collect HTTP/1.1", "Host: x", f"Authorization: Bearer {WRITE}", "Content-Type: application/json"]
    return "\r\n".join([*usual, *lines, "", ""]).encode()


def test_a_declared_length_is_refused_before_a_byte_is_read(site: Site) -> None:
    answer = raw(site, head(f"Content-Length: {PUBLIC.body + 1}"))  # the body never comes
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in answer.lower()


def test_an_undeclared_body_is_refused_at_the_limit(site: Site) -> None:
    chunk = b"%x\r\n" % 65_536 + b" " * 65_536 + b"\r\n"
    answer = raw(site, head("Transfer-Encoding: chunked") + chunk * (PUBLIC.body // 65_536 + 1))
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_servers_may_send_more_than_browsers(site: Site) -> None:
    body = b'{"events":[{"kind":"click","id":"wide","anonymous":"v","item":"green"}]}' + b" " * PUBLIC.body
    assert site.fault(site.post("/v1/collect", body, WRITE), 413)["parameter"] == "body"
    assert site.post("/v1/collect", body, SECRET_KEY).status_code == 200


@pytest.mark.parametrize("key", [WRITE, SECRET_KEY])
def test_too_long_a_list_of_what_to_leave_out_is_said_to_be_that(site: Site, key: str) -> None:
    left_out = [f"item-{n}" for n in range(100_000)]
    answer = site.post("/v1/recommend", {"anonymous": "v", "k": 1, "exclude": left_out}, key)
    assert site.fault(answer, 422)["parameter"] == "exclude"


@pytest.mark.parametrize(
    "lines",
    [
        ["Content-Length: 2", "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: chunked", "Transfer-Encoding: gzip"],
        ["Content-Length: 2", "Content-Length: 3"],
        ["Content-Length: -1"],
    ],
)
def test_ambiguous_framing_is_400_and_closed(site: Site, lines: list[str]) -> None:
    assert raw(site, head(*lines) + b"[]").startswith(b"HTTP/1.1 400 ")


def test_a_body_that_does_not_come_is_cut_off(slow_site: Site) -> None:
    assert raw(slow_site, head("Content-Length: 10") + b"[").startswith(b"HTTP/1.1 408 ")


def test_more_calls_than_the_server_bears_are_told_to_come_back(strict_site: Site) -> None:
    answer = strict_site.post("/v1/recommend", {"anonymous": "v"})
    strict_site.fault(answer, 503)
    assert answer.headers["retry-after"] == "1"
    assert strict_site.client.get("/health/live").status_code == 200


def test_unpacking_stops_at_the_limit() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    bomb = packer.compress(b"0" * (SECRET.body + 1)) + packer.flush()
    with pytest.raises(HttpFault) as refused:
        unpack(bomb, SECRET.body)
    assert refused.value.status == 413
    assert unpack(bomb, SECRET.body + 1) == b"0" * (SECRET.body + 1)


def test_fewer_calls_are_let_in_where_the_last_would_wait_too_long() -> None:
    load = Load(Limits(at_once=256, at_least=16, wait_seconds=0.5))
    load.calls[None] = 100
    assert not load.full()  # nothing is known of the pace
    for call in range(80):
        load.leave(call * 0.01)  # 100 a second: the 50th waits half a second
    assert load.pace == pytest.approx(0.01)
    load.calls[None] = 49
    assert not load.full()
    load.calls[None] = 51
    assert load.full()


def test_a_pause_with_nobody_inside_is_no_pace() -> None:
    load = Load(Limits())
    for now in (0.0, 60.0, 120.0):
        load.calls[None] = 1
        load.leave(now)
    assert load.pace == 0


def test_one_stall_does_not_shut_the_door() -> None:
    load = Load(Limits(at_least=16, wait_seconds=0.3))
    load.calls[None] = 500
    for call in range(400):
        load.leave(call * 0.001)
    load.leave(0.9)  # half a second in which nothing ended
    load.calls[None] = 64
    assert not load.full()
    for call in range(300):
        load.calls[None] = 64
        load.leave(1 + call * 0.5)  # and this is no stall any more
    load.calls[None] = 16
    assert load.full()
    load.calls[None] = 15
    assert not load.full()


def test_a_loud_workspace_uses_up_its_own_share_only() -> None:
    load = Load(Limits(at_once=8, held_bytes=100))
    for _ in range(8):
        load.enter("loud")
    assert load.full("loud")
    for _ in range(4):
        assert not load.full("quiet")
        load.enter("quiet")
    assert load.full("quiet"), "half of the places are its share"
    load.hold(100, "loud")
    assert load.full("third") is False
    load.hold(-100, "loud")
    for _ in range(8):
        load.leave(0.0, "loud")
    assert not load.full("loud")
    assert load.inside == 4
