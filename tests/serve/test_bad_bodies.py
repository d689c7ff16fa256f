"""Whatever is sent: a 4xx with a reason, never a 5xx, and the next good event is accepted."""

from __future__ import annotations

import gzip
from itertools import count

import pytest

from tests.serve.site import SECRET, WRITE, Site

EVENT = b'{"kind":"click","id":"b-%d","anonymous":"v","item":"green"}'
MANY = b'{"events":[' + b",".join([b"{}"] * 100_001) + b"]}"
BOMB = gzip.compress(b" " * 50_000_000)

BAD: dict[str, tuple[int, bytes, dict[str, str]]] = {
    "empty": (400, b"", {}),
    "spaces": (400, b"  \n", {}),
    "null": (400, b"null", {}),
    "number": (400, b"42", {}),
    "text": (400, b'"x"', {}),
    "empty list": (400, b"[]", {}),
    "NaN": (400, b'{"events":[{"kind":"rating","value":NaN}]}', {}),
    "Infinity": (400, b'{"events":[-Infinity]}', {}),
    "trailing comma": (400, b'{"events":[1,]}', {}),
    "comment": (400, b'{"events":[1]} // so', {}),
    "two documents": (400, b'{"events":[1]}{"events":[1]}', {}),
    "duplicate keys": (400, b'{"events":[{"kind":"click","id":"1","id":"2"}]}', {}),
    "lone surrogate": (400, b'{"events":[{"kind":"click","id":"\\ud800 and more"}]}', {}),
    "100,000 deep": (400, b"[" * 100_000, {}),
    "100,000 deep and closed": (400, b"[" * 100_000 + b"]" * 100_000, {}),
    "invalid UTF-8": (400, b'{"events":[{"id":"\xff\xfe"}]}', {}),
    "truncated": (400, b'{"events":[{"kind":"click","id":"1"', {}),
    "5,000 digits": (422, b'{"events":[{"value":' + b"9" * 5_000 + b"}]}", {}),
    "100,001 events": (413, MANY, {}),
    "gzip bomb": (413, BOMB, {"Content-Encoding": "gzip"}),
    "gzip in gzip": (415, gzip.compress(gzip.compress(b"[1]")), {"Content-Encoding": "gzip"}),
    "gzip cut short": (400, gzip.compress(b"[1]")[:-4], {"Content-Encoding": "gzip"}),
    "no gzip": (400, b"[1]", {"Content-Encoding": "gzip"}),
    "brotli": (415, b"[1]", {"Content-Encoding": "br"}),
    "two codings": (415, b"[1]", {"Content-Encoding": "gzip, gzip"}),
    "form": (415, b"a=b", {"Content-Type": "application/x-www-form-urlencoded"}),
    "no type": (415, b"[1]", {"Content-Type": ""}),
    "XML": (415, b"<a/>", {"Content-Type": "application/xml"}),
    "large header": (431, b"[1]", {"X-Large": "x" * 40_000}),
    "many headers": (431, b"[1]", {f"X-{n}": "1" for n in range(200)}),
}
NUMBERS = count()


@pytest.mark.parametrize("key", [WRITE, SECRET])
@pytest.mark.parametrize("name", BAD)
def test_a_bad_body_is_refused_and_nothing_else_suffers(site: Site, name: str, key: str) -> None:
    status, body, headers = BAD[name]
    before = site.engine.log.last()
    answer = site.post("/v1/collect", body, key, **headers)
    if name == "large header" and answer.status_code == 400:  # the HTTP parser was first to refuse
        status = 400
    else:
        site.fault(answer, status)
    assert answer.status_code == status
    assert site.engine.log.last() == before
    good = site.post("/v1/collect", b"[" + EVENT % next(NUMBERS) + b"]")
    assert good.json()["stored"] == 1


@pytest.mark.parametrize("path", ["/v1/recommend", "/v1/similar", "/v1/outcomes"])
@pytest.mark.parametrize("name", [n for n, (_, _, h) in BAD.items() if not h and n != "100,001 events"])
def test_the_other_routes_read_as_strictly(site: Site, path: str, name: str) -> None:
    status, body, _ = BAD[name]
    site.fault(site.post(path, body, SECRET), status)


def test_an_exclude_list_of_100_000_is_422(site: Site) -> None:
    body = {"user": "u", "exclude": [str(n) for n in range(100_000)]}
    assert site.fault(site.post("/v1/recommend", body, SECRET), 422)["parameter"] == "exclude"
