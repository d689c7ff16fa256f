"""The rights of a person over HTTP, as an officer's tool and as the person's own page use them."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from salience.events.roles import Role
from tests.serve import site as sites
from tests.serve.site import SECRET, WRITE, Site, open_site

OFFICER = "ok_test"


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    keys: dict[str, Role] = {WRITE: "write", SECRET: "secret", OFFICER: "officer"}
    monkeypatch.setattr(sites, "KEYS", keys)
    with open_site() as opened:
        yield opened


def ask(shop: Site, method: str, path: str, key: str = OFFICER, body: object = None, **headers: str):  # type: ignore[no-untyped-def]
    given = {"Authorization": f"Bearer {key}", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return shop.client.request(method, path, json=body, headers=given)


def test_an_officer_sees_corrects_and_erases(shop: Site) -> None:
    file = ask(shop, "GET", "/v1/users/u-1").json()
    assert file["person"] == "u-1"
    assert file["sections"][0]["title"] == "What you did and told us"
    assert len(file["sections"][0]["entries"]) == 3
    tags = ask(shop, "PATCH", "/v1/users/u-1", body={"traits": {"town": "Delft"}}).json()["tags"]
    assert {"name": "town", "value": "Delft", "source": "rights"} in tags
    assert ask(shop, "GET", "/v1/users/u-1/export.csv").headers["content-type"].startswith("text/csv")
    gone = ask(shop, "DELETE", "/v1/users/u-1").json()
    assert gone["complete"] is True
    assert {place["fate"] for place in gone["places"]} == {"clean"}
    looked = ask(shop, "GET", "/v1/users/u-1/erasure").json()
    assert (looked["erased"], looked["clean"], looked["receipt"]) == (True, True, gone["receipt"])
    late = {"kind": "click", "id": "late", "user": "u-1", "item": "green", "time": gone["at"] - 1}
    answer = shop.post("/v1/collect", {"events": [late]}, SECRET).json()
    assert (answer["refused"], answer["results"][0]["status"]) == (1, "refused")


def test_a_person_uses_their_own_rights_with_a_proof(shop: Site) -> None:
    proof = ask(shop, "POST", "/v1/users/u-2/proof", SECRET).json()["proof"]
    mine = {"X_Salience_Proof": proof}
    assert ask(shop, "GET", "/v1/me", WRITE, **mine).json()["person"] == "u-2"
    off = ask(shop, "POST", "/v1/me/choices", WRITE, {"signals": {"personalisation_off": True}}, **mine).json()
    assert {use["use"]: use["because"] for use in off["uses"]}["decide"] == "personalisation-off"
    answer = shop.post("/v1/recommend", {"user": "u-2", "k": 2}, SECRET).json()
    assert answer["personalised"] is False
    contest = {"decision": answer["decision"], "reason": "why?"}
    assert ask(shop, "POST", "/v1/me/contest", WRITE, contest, **mine).json()["decision"] == answer["decision"]
    assert [one.decision for one in shop.engine.reviews()] == [answer["decision"]]
    assert ask(shop, "GET", "/v1/me", WRITE).status_code == 401
    assert ask(shop, "GET", "/v1/users/u-2", WRITE).status_code == 403
    assert ask(shop, "DELETE", "/v1/me", WRITE, **mine).json()["complete"] is True


def test_a_proof_ends(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    token, seconds = shop.engine.prove("u-2")
    now = shop.engine.now()
    assert shop.engine.proven(token) == "u-2"
    monkeypatch.setattr(shop.engine, "now", lambda: now + seconds * 1000 + 1_000)
    assert shop.engine.proven(token) == ""


@pytest.mark.parametrize(("values", "on"), [(["1"], True), (["1", "0"], True), (["1, 1"], True), (["0"], False)])
def test_global_privacy_control_of_a_browser_is_kept_as_a_choice(shop: Site, values: list[str], on: bool) -> None:
    headers = [("Authorization", f"Bearer {WRITE}"), *(("Sec-GPC", value) for value in values)]
    event = {"kind": "click", "id": f"g{values}", "anonymous": "v-9", "item": "green"}
    body = {"events": [{**event, "id": "g-1"}]}
    assert shop.client.post("/v1/collect", json=body, headers=headers).json()["stored"] == 1
    assert shop.engine.standing("anon:v-9").opted_out is on
    body = {"events": [{**event, "id": "g-2"}]}
    assert shop.post("/v1/collect", body).json()["stored"] == 1  # without the header: absence takes nothing back
    assert shop.engine.standing("anon:v-9").opted_out is on
    shop.engine.collect([{"kind": "identify", "id": "in", "user": "zoe", "anonymous": "v-9"}], source="t")
    assert shop.engine.standing("zoe").opted_out is on


def test_everybody_may_read_how_the_site_treats_them(shop: Site) -> None:
    assert shop.client.get("/.well-known/gpc.json").json() == {"gpc": True, "lastUpdate": "2026-01-01"}
    page = ask(shop, "GET", "/v1/parameters", WRITE).json()
    assert page["hash"] in page["text"]


def test_a_slash_in_an_id_is_part_of_the_id(shop: Site) -> None:
    odd = ["a/b", "u-1/export", "u-1/choices", "/", "u-1/", "../u-1", "a//b", "%2F"]
    events = [{"kind": "click", "id": f"odd-{n}", "user": name, "item": "green"} for n, name in enumerate(odd)]
    assert shop.post("/v1/collect", {"events": events}, SECRET).json()["stored"] == len(odd)
    for name in odd:
        path = f"/v1/users/{quote(name, safe='')}"
        assert ask(shop, "GET", path).json()["person"] == name
        assert ask(shop, "GET", f"{path}/choices").json()["person"] == name
        assert ask(shop, "DELETE", path).json()["complete"] is True
        assert ask(shop, "GET", f"{path}/erasure").json()["clean"] is True
    assert ask(shop, "GET", "/v1/users/u-1").json()["sections"][0]["entries"]
    assert ask(shop, "GET", "/v1/users/u-1%2f%1fexport").status_code == 404
