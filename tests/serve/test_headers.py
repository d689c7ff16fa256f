from __future__ import annotations

import pytest

from salience.serve.headers import SECURITY
from tests.serve.site import Site


def paths(site: Site) -> list[tuple[str, str]]:
    described = site.client.get("/openapi.json").json()["paths"]
    return [(path, method.upper()) for path, methods in described.items() for method in methods]


def test_every_route_of_the_description_carries_the_security_headers(site: Site) -> None:
    found = [*paths(site), ("/openapi.json", "GET"), ("/docs", "GET"), ("/docs/style.css", "GET"), ("/nowhere", "GET")]
    assert len(found) > 8
    for path, method in found:
        for answer in (site.client.request(method, path), site.client.request("PATCH", path)):
            missing = [name for name in SECURITY if name.lower() not in answer.headers]
            assert not missing, (path, method, missing)
            assert "'unsafe" not in answer.headers["content-security-policy"]
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
            assert "server" not in answer.headers
            assert len(answer.headers["x-request-id"]) == 16


def test_answers_about_people_are_not_to_be_kept(site: Site) -> None:
    assert site.post("/v1/recommend", {"anonymous": "v"}).headers["cache-control"] == "no-store"
    assert site.client.get("/docs/style.css").headers["cache-control"] == "max-age=3600"


@pytest.mark.parametrize(("offered", "kept"), [("trace-1.a_b", True), ("a b", False), ("x" * 65, False)])
def test_a_safe_request_id_is_kept_and_any_other_replaced(site: Site, offered: str, kept: bool) -> None:
    answer = site.client.get("/health/live", headers={"X-Request-Id": offered})
    assert (answer.headers["x-request-id"] == offered) is kept
