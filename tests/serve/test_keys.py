from __future__ import annotations

import base64

import httpx
import pytest

from salience.serve.app import VERBS
from salience.serve.verb import Verb
from tests.serve.site import SECRET, WRITE, Site

GUARDED = [verb for verb in VERBS if verb.needs]
BODY = {"anonymous": "v", "k": 1}


def ask(site: Site, headers: dict[str, str], path: str = "/v1/recommend") -> httpx.Response:
    return site.client.post(path, json=BODY, headers=headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {WRITE}"},
        {"Authorization": f"bearer {WRITE}"},
        {"Authorization": "Basic " + base64.b64encode(f"{WRITE}:".encode()).decode()},
        {"X-Salience-Key": WRITE},
    ],
)
def test_a_key_is_taken_in_three_places(site: Site, headers: dict[str, str]) -> None:
    assert ask(site, headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer wk_other"},
        {"Authorization": "Basic not-base64!"},
        {"Authorization": "Basic " + base64.b64encode(b"\xff\xfe:").decode()},
        {"Authorization": WRITE},
        {"X-Salience-Key": ""},
    ],
)
def test_without_a_good_key_it_is_401_and_the_key_is_not_repeated(site: Site, headers: dict[str, str]) -> None:
    answer = ask(site, headers)
    assert site.fault(answer, 401)["value"] == ""
    assert "wk_other" not in answer.text
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_secret_key_in_the_address_is_refused_even_beside_a_good_header(site: Site) -> None:
    answer = ask(site, {"Authorization": f"Bearer {SECRET}"}, f"/v1/recommend?key={SECRET}")
    assert "address" in site.fault(answer, 401)["rule"]
    assert SECRET not in answer.text
    assert ask(site, {}, f"/v1/recommend?key={WRITE}").status_code == 200  # public anyway; all that a beacon can send


@pytest.mark.parametrize("verb", GUARDED, ids=lambda verb: verb.name)
def test_every_v1_route_is_guarded_before_its_body_is_read(site: Site, verb: Verb) -> None:
    answer = site.client.request(verb.method, verb.path, content=b"{", headers={"Content-Type": "application/json"})
    assert site.fault(answer, 401)


def test_routes_without_a_key_are_a_known_list() -> None:
    assert {verb.path for verb in VERBS if not verb.needs} == {"/health/live", "/health/ready", "/.well-known/gpc.json"}
