"""Two workspaces behind one server. tests/trust/access.py asks every route about the other one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from salience import Engine
from salience.events.roles import Role
from salience.serve.app import app
from salience.serve.run import background
from tests.serve.site import shop

CANARY, WORD = "canary-7d1f", "Mooncalf"
"""An id of theirs, which is asked for, and a word behind it, which must not come back."""

ROLES: tuple[Role, ...] = ("write", "service", "viewer", "analyst", "marketer", "officer", "secret")


@dataclass(frozen=True)
class Two:
    ours: Engine
    theirs: Engine
    client: httpx.Client
    decision: str

    def call(self, method: str, path: str, key: str, body: Any) -> httpx.Response:
        return self.client.request(method, path, json=body, headers={"Authorization": f"Bearer {key}"})


@pytest.fixture(scope="module")
def two() -> Iterator[Two]:
    with Engine.in_memory() as ours, Engine.in_memory() as theirs:
        ours.collect(shop(), source="test")
        theirs.collect(shop(), source="test")
        theirs.collect(
            [
                {"kind": "item", "id": CANARY, "item": CANARY, "title": WORD, "categories": [WORD]},
                {"kind": "purchase", "id": f"{CANARY}-1", "user": CANARY, "item": CANARY},
                {"kind": "identify", "id": f"{CANARY}-2", "user": CANARY, "traits": {"name": WORD}},
                {"kind": "search", "id": f"{CANARY}-3", "user": CANARY, "query": WORD},
            ],
            source="test",
        )
        ours_keys: dict[str, Role] = {f"ours-{role}": role for role in ROLES}
        theirs_keys: dict[str, Role] = {f"theirs-{role}": role for role in ROLES}
        with (
            background(app(ours, ours_keys.get, beside=[(theirs, theirs_keys.get)])) as address,
            httpx.Client(base_url=address, timeout=20) as client,
        ):
            asked = client.post(
                "/v1/recommend", json={"user": CANARY}, headers={"Authorization": "Bearer theirs-secret"}
            )
            yield Two(ours, theirs, client, asked.json()["decision"])


def test_what_is_foreign_is_answered_as_what_is_missing(two: Two) -> None:
    foreign = two.call("POST", "/v1/similar", "ours-secret", {"item": CANARY})
    missing = two.call("POST", "/v1/similar", "ours-secret", {"item": "canary-0000"})
    assert (foreign.status_code, missing.status_code) == (404, 404)
    ours, nobody = (
        two.call("POST", "/v1/recommend", "ours-secret", {"user": user}).json() for user in (CANARY, "nobody")
    )
    assert ours["rung"] == nobody["rung"] == "popular"
    assert CANARY not in {item["item"] for item in ours["items"]}


def test_each_key_opens_its_own(two: Two) -> None:
    theirs = two.call("POST", "/v1/recommend", "theirs-secret", {"user": "x", "k": 20}).json()
    assert CANARY in {item["item"] for item in theirs["items"]}


def test_the_same_id_counts_in_both(two: Two) -> None:
    event = {"events": [{"kind": "click", "id": "both", "anonymous": "v", "item": "green"}]}
    assert [two.call("POST", "/v1/collect", f"{who}-write", event).json()["stored"] for who in ("ours", "theirs")] == [
        1,
        1,
    ]


def test_the_server_is_ready_when_all_are(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    assert two.client.get("/health/ready").status_code == 200

    def away() -> None:
        raise RuntimeError("the log is away")

    monkeypatch.setattr(two.theirs, "pulse", away)
    assert two.client.get("/health/ready").status_code == 503
