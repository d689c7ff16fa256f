"""The list of bad inputs, by number: each class with several samples, and after each a good event is still accepted."""

from __future__ import annotations

import gzip
import json
import socket
from collections.abc import Callable
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.serve.site import SECRET, WRITE, Site

NUMBERS = count()


def click(**fields: Any) -> dict[str, Any]:
    return {"kind": "click", "id": f"bad-{next(NUMBERS)}", "anonymous": "v", "item": "green", **fields}


def body(*events: Any) -> bytes:
    return json.dumps({"events": list(events)}).encode()


def still_well(site: Site) -> None:
    assert site.click(f"well-{next(NUMBERS)}").json()["stored"] == 1
    assert site.engine.log.ledger().balanced


DEEP = b'{"events":[{"kind":"click","context":' + b'{"a":' * 60_000 + b"1" + b"}" * 60_001 + b"]}"
MANY = b'{"%s":[' + b",".join([b"{}"] * 100_001) + b"]}"
ZIPPED = {"Content-Encoding": "gzip"}
WHOLE: dict[str, tuple[int, list[tuple[bytes, dict[str, str]]]]] = {
    "B01 empty": (400, [(b"", {}), (b"   ", {}), (b"\n\n", {}), (gzip.compress(b""), ZIPPED)]),
    "B03 no object": (400, [(b"null", {}), (b"42", {}), (b'"x"', {}), (b"[]", {}), (b"true", {}), (b"{}", {})]),
    "B13 gzip in gzip": (415, [(gzip.compress(gzip.compress(b'{"events":[]}')), ZIPPED)]),
    "B13 other codings": (
        415,
        [(b"x", {"Content-Encoding": name}) for name in ("br", "deflate", "gzip, gzip", "zstd")],
    ),
    "B15 too many": (413, [(MANY % b"events", {}), (MANY % b"batch", {})]),
    "B15 too large": (413, [(b" " * 5_000_001, {}), (gzip.compress(b" " * 20_000_000), ZIPPED)]),
    "B17 deep": (400, [(b"[" * 100_000, {}), (b"[" * 100_000 + b"]" * 100_000, {}), (DEEP, {})]),
    "B19 NaN": (
        400,
        [(b'{"events":[{"kind":"rating","value":%s}]}' % v, {}) for v in (b"NaN", b"Infinity", b"-Infinity")],
    ),
    "B21 long integer": (
        422,
        [(b'{"events":[{"kind":"click","time":%s}]}' % (b"9" * n), {}) for n in (20, 400, 5_000)],
    ),
    "B23 equal names": (
        400,
        [
            (b'{"events":[{"kind":"click","id":"1","id":"2"}]}', {}),
            (b'{"events":[],"events":[]}', {}),
            (b'{"events":[{"context":{"a":1,"\\u0061":2}}]}', {}),
        ],
    ),
    "B25 UTF-8": (400, [(b'{"events":["\xff"]}', {}), (b"\xfe\xff", {}), (b'{"events":["\xed\xa0\x80"]}', {})]),
    "B31 no JSON": (
        400,
        [(b'{"events":[1,]}', {}), (b'{"events":[1]} // so', {}), (b"/* so */ []", {}), (b"{'events':[]}", {})],
    ),
}


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("path", ["/v1/collect", "/v1/batch"])
def test_a_bad_request_is_refused_as_a_whole(site: Site, name: str, path: str) -> None:
    status, samples = WHOLE[name]
    for sample, headers in samples:
        if sample.startswith(b'{"batch"' if path == "/v1/collect" else b'{"events":[{},{},'):
            continue  # a list under the other route's name
        before = site.engine.log.last()
        answer = site.post(path, sample, SECRET, **headers)
        assert site.fault(answer, status)["request_id"], name
        assert answer.json()["code"]
        assert site.engine.log.last() == before
    still_well(site)


EVIL = [
    "{{7*7}}",
    "${7*7}",
    "#{7*7}",
    "script::java.lang.Runtime.getRuntime().exec('touch canary')",
    "%{(#a=@java.lang.Runtime@getRuntime().exec('touch canary'))}",
    "' OR 1=1--",
    "'; DROP TABLE events; --",
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "line\u2028break",
]
EVENTS: dict[str, list[dict[str, Any]]] = {
    "B27 NUL": [click(item="a\x00"), click(id="a\x00"), click(context={"a\x00": 1}), click(item="a\r\nb")],
    "B29 names": [click(context={str(n): n for n in range(n)}) for n in (257, 1_000)],
    "B33 nobody": [click(anonymous=""), {"id": "x", "anonymous": "v"}, click(kind="")],
    "B35 no id": [
        click(**{field: value})
        for field in ("anonymous", "item", "id")
        for value in ("null", "undefined", "[object Object]", "NaN", "None", " ")
    ]
    + [click(anonymous="0")],
    "B45 sums": [
        {**click(), "kind": kind, "price": 1, "currency": "EUR", **wrong}
        for kind in ("cart", "purchase")
        for wrong in ({"price": -1}, {"quantity": 1e9}, {"currency": "ZZZ"}, {"quantity": 0}, {"price": "1"})
    ],
    "B47 alias": [{"kind": "alias", "id": "al", "user": "u-1", "previous": "v"}, click(user="u-1")],
    "B65 ours": [click(tenant_id="x"), click(role="admin"), click(is_admin=True), click(score=1), click(is_bot=False)],
}


@pytest.mark.parametrize("name", EVENTS)
def test_a_bad_event_in_a_good_batch_is_kept_as_failed(site: Site, name: str) -> None:
    for event in EVENTS[name]:
        before = site.engine.log.ledger()
        answer = site.post("/v1/collect", body(click(), event, click()))
        assert answer.status_code == 200
        assert [result["status"] for result in answer.json()["results"]] == ["stored", "failed", "stored"], event
        assert answer.json()["results"][1]["reason"]
        after = site.engine.log.ledger()
        moved = (after.received - before.received, after.stored - before.stored, after.failed - before.failed)
        assert moved == (3, 2, 1)
    still_well(site)


SINGLE: dict[str, tuple[str, dict[str, Any]]] = {
    "B27": ("track", {"userId": "u\x00", "event": "x"}),
    "B33 name": ("track", {"userId": "u"}),
    "B33 user": ("track", {"event": "x"}),
    "B35 null": ("track", {"userId": "null", "event": "x"}),
    "B35 zero": ("identify", {"userId": "0"}),
    "B35 object": ("page", {"anonymousId": "[object Object]"}),
    "B45": ("track", {"userId": "u", "event": "Product Added", "properties": {"id": "a", "price": -1}}),
    "B45 currency": ("track", {"userId": "u", "event": "Product Added", "properties": {"id": "a", "currency": "ZZZ"}}),
    "B29": ("track", {"userId": "u", "event": "x", "properties": {str(n): n for n in range(1_000)}}),
}


@pytest.mark.parametrize("name", SINGLE)
def test_a_single_bad_call_is_422_and_kept(site: Site, name: str) -> None:
    verb, message = SINGLE[name]
    failed = site.engine.log.ledger().failed
    assert site.fault(site.post(f"/v1/{verb}", message), 422)["rule"]
    assert site.engine.log.ledger().failed == failed + 1
    still_well(site)


def test_b39_the_future_is_clamped_and_flagged(site: Site) -> None:
    for ahead in ("2099-01-01T00:00:00Z", 4_000_000_000_000):
        event = click(time=ahead)
        result = site.post("/v1/collect", body(event)).json()["results"][0]
        assert "set to the time of receipt" in result["warning"]
        found = site.engine.log.find(event["id"])
        assert found is not None
        assert found[1].time == found[1].received
        assert found[1].context["clock"] == "ours"


def test_b41_the_same_id_counts_once(site: Site) -> None:
    event = click()
    receipt = site.post("/v1/collect", body(*[event] * 1_000)).json()
    assert (receipt["stored"], receipt["duplicate"]) == (1, 999)
    again = site.post("/v1/track", {"messageId": event["id"], "userId": "u", "event": "x"}).json()
    assert (again["stored"], again["duplicate"]) == (0, 1)


def test_b47_and_b63_the_public_key_may_not(site: Site) -> None:
    site.fault(site.post("/v1/alias", {"userId": "u-1", "previousId": "v"}, WRITE), 403)
    site.fault(site.post("/v1/similar", {"item": "green"}, WRITE), 403)
    site.fault(site.post("/v1/recommend", {"user": "u-1"}, WRITE), 403)


def test_b57_and_b59_code_is_text(site: Site) -> None:
    for text in EVIL:
        events = [click(item=text), {**click(), "kind": "search", "query": text, "item": None}]
        events[1].pop("item")
        assert site.post("/v1/collect", body(*events)).json()["stored"] == 2
        found = site.engine.log.find(events[0]["id"])
        assert found is not None
        assert getattr(found[1], "item") == text  # noqa: B009 - any kind of event
    still_well(site)


def test_b65_what_is_ours_is_ignored_in_the_sdk_s_shapes(site: Site) -> None:
    message = {"userId": "u", "event": "x", "messageId": "b65", "tenant_id": "other", "role": "admin", "received": 1}
    assert site.post("/v1/track", message).status_code == 200
    found = site.engine.log.find("b65")
    assert found is not None
    assert found[1].received > 1
    assert found[1].source == "segment"


# --- framing, over raw sockets --------------------------------------------------------------------------------------


def raw(site: Site, request: bytes) -> bytes:
    """Send bytes as they are; what came back until the server closed."""
    where = urlsplit(str(site.client.base_url))
    with socket.create_connection((where.hostname, where.port or 0), timeout=10) as line:
        line.sendall(request)
        line.shutdown(socket.SHUT_WR)
        got = b""
        while part := line.recv(65_536):
            got += part
        return got


def head(*lines: str, first: str = "POST /v1/collect HTTP/1.1") -> bytes:
    usual = [first, "Host: x", f"Authorization: Bearer {WRITE}", "Content-Type: application/json"]
    return "\r\n".join([*usual, *lines, "", ""]).encode()


CHUNKED = "Transfer-Encoding: chunked"
FRAMING: dict[str, tuple[set[int], Callable[[], bytes]]] = {
    "B05 both lengths": ({400}, lambda: head("Content-Length: 2", CHUNKED) + b"[]"),
    "B05 the other way": ({400}, lambda: head(CHUNKED, "Content-Length: 2") + b"2\r\n[]\r\n0\r\n\r\n"),
    "B05 two lengths": ({400}, lambda: head("Content-Length: 2", "Content-Length: 3") + b"[]"),
    "B05 negative": ({400}, lambda: head("Content-Length: -1") + b"[]"),
    "B07 twice": ({400}, lambda: head(CHUNKED, CHUNKED) + b"2\r\n[]\r\n0\r\n\r\n"),
    "B07 chunked, gzip": ({400}, lambda: head(CHUNKED, "Transfer-Encoding: gzip") + b"2\r\n[]\r\n0\r\n\r\n"),
    "B07 unknown": ({400}, lambda: head("Transfer-Encoding: xchunked") + b"[]"),
    "B07 bad chunk": ({400}, lambda: head(CHUNKED) + b"zz\r\n[]\r\n0\r\n\r\n"),
    "B09 64 KB": ({431}, lambda: head("X-Large: " + "x" * 65_536, "Content-Length: 0")),
    "B09 1 MB": ({431}, lambda: head("X-Large: " + "x" * 1_000_000, "Content-Length: 0")),
    "B09 2,000": ({431}, lambda: head(*(f"X-{n}: 1" for n in range(2_000)), "Content-Length: 0")),
    "B09 address": ({431}, lambda: head("Content-Length: 0", first=f"POST /{'a' * 70_000} HTTP/1.1")),
    "B11 TRACE": ({405, 501}, lambda: head("Content-Length: 0", first="TRACE /v1/collect HTTP/1.1")),
    "B11 made up": ({405, 501}, lambda: head("Content-Length: 0", first="BREW /v1/collect HTTP/1.1")),
    "B11 CONNECT": ({400, 405, 501}, lambda: head("Content-Length: 0", first="CONNECT x:1 HTTP/1.1")),
    "B11 no HTTP": ({400, 501}, lambda: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
}


@pytest.mark.parametrize("name", FRAMING)
def test_framing(site: Site, name: str) -> None:
    statuses, request = FRAMING[name]
    answer = raw(site, request())
    assert answer.startswith(b"HTTP/1.1 "), answer[:80]
    assert int(answer[9:12]) in statuses, answer[:200]
    assert b"\r\nHTTP/1.1 " not in answer
    if int(answer[9:12]) in (400, 431):
        assert b"connection: close" in answer.lower()
        assert b'"request_id"' in answer
    still_well(site)


def test_a_caller_who_is_still_sending_reads_the_refusal(site: Site) -> None:
    where = urlsplit(str(site.client.base_url))
    with socket.create_connection((where.hostname, where.port or 0), timeout=10) as line:
        line.sendall(head("Content-Length: 40000000"))
        for _ in range(40):
            line.sendall(b" " * 1_000_000)
        assert line.recv(65_536).startswith(b"HTTP/1.1 413 ")
    still_well(site)
