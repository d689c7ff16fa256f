from __future__ import annotations

import pytest

from tests.serve.site import Site

ORIGIN = {"Origin": "https://shop.example"}
PREFLIGHT = ORIGIN | {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
PUBLIC = ["/v1/collect", "/v1/outcomes", "/v1/recommend"]


@pytest.mark.parametrize("path", PUBLIC)
def test_pages_of_any_origin_may_use_public_routes_without_credentials(site: Site, path: str) -> None:
    answer = site.client.options(path, headers=PREFLIGHT)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "Authorization" in answer.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("path", PUBLIC)
def test_a_refusal_can_be_read_by_the_page_too(site: Site, path: str) -> None:
    answer = site.client.post(path, json={}, headers=ORIGIN)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (401, "*")


@pytest.mark.parametrize("path", ["/v1/similar", "/metrics", "/health/ready", "/openapi.json", "/docs"])
def test_other_routes_name_no_origin(site: Site, path: str) -> None:
    for answer in (site.client.options(path, headers=PREFLIGHT), site.client.get(path, headers=ORIGIN)):
        assert not [name for name in answer.headers if name.startswith("access-control")]
