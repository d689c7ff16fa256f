"""Who is who over HTTP: seen, split and undone with the secret key, and joined by nobody with a public one."""

from __future__ import annotations

from typing import Any

from tests.serve.site import SECRET, WRITE, Site


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["ids"]]


def test_a_sign_in_is_seen_split_and_undone(site: Site) -> None:
    event = {"kind": "identify", "id": "in-1", "user": "eve", "anonymous": "v9"}
    assert site.post("/v1/collect", {"events": [event]}, SECRET).json()["stored"] == 1
    assert ids(site.post("/v1/identity", {"id": "anon:v9"}, SECRET)) == ["anon:v9", "eve"]
    assert ids(site.post("/v1/identity/split", {"id": "eve", "apart": ["anon:v9"]}, SECRET)) == ["eve"]
    assert ids(site.post("/v1/identity", {"id": "anon:v9"}, SECRET)) == ["anon:v9"]
    split = next(event.id for _, event in site.engine.log.of_subject("eve") if event.kind == "split")
    assert ids(site.post("/v1/identity/undo", {"event": split}, SECRET)) == ["anon:v9", "eve"]
    assert "salience_identity_alarms" in site.client.get("/metrics", headers={"Authorization": f"Bearer {SECRET}"}).text


def test_a_public_key_neither_sees_nor_joins(site: Site) -> None:
    for path, body in (
        ("/v1/identity", {"id": "eve"}),
        ("/v1/identity/split", {"id": "eve", "apart": ["anon:v9"]}),
        ("/v1/identity/undo", {"event": "in-1"}),
    ):
        site.fault(site.post(path, body, WRITE), 403)
    theirs = [
        {"kind": "identify", "id": "p1", "anonymous": "thief", "ids": {"loyalty": "1"}},
        {"kind": "split", "id": "p2", "anonymous": "thief", "apart": ["anon:v9"]},
        {"kind": "undo", "id": "p3", "anonymous": "thief", "of": "in-1"},
    ]
    results = site.post("/v1/collect", {"events": theirs}, WRITE).json()["results"]
    assert [one["status"] for one in results] == ["stored", "failed", "failed"]
    assert results[0]["warning"].startswith("ids: not joined")
    assert site.engine.members("anon:thief") == ("anon:thief",)


def test_an_unknown_id_is_404_and_a_foreign_one_422(site: Site) -> None:
    assert site.fault(site.post("/v1/identity", {"id": "nobody"}, SECRET), 404)["parameter"] == "id"
    site.fault(site.post("/v1/identity/undo", {"event": "nothing"}, SECRET), 404)
    site.post("/v1/collect", {"events": [{"kind": "click", "id": "k", "user": "eve", "item": "green"}]}, SECRET)
    site.fault(site.post("/v1/identity/split", {"id": "eve", "apart": ["bob"]}, SECRET), 422)
