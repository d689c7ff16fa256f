"""The table of rights: complete, printed, and said in refusals. tests/trust/access.py walks it over every route."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import httpx
import pytest

from salience import Engine
from salience.events.roles import MAY, Right, Role, may
from salience.serve.app import app
from salience.serve.run import background
from salience.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "security.md"
KEYS: dict[str, Role] = {f"k-{role}": role for role in get_args(Role)}


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    settings = Settings(allowed_origins=("https://shop.example",))
    with (
        Engine.in_memory(settings) as engine,
        background(app(engine, KEYS.get)) as address,
        httpx.Client(base_url=address, timeout=20) as made,
    ):
        yield made


def call(client: httpx.Client, method: str, path: str, key: str = "", **headers: str) -> httpx.Response:
    given = {"Authorization": f"Bearer {key}"} if key else {}
    return client.request(method, path, content=b"{}", headers={"Content-Type": "application/json", **given, **headers})


def test_the_public_key_has_one_right_and_no_secret_role_lacks_what_it_is_for() -> None:
    assert MAY["write"] == {"write"}
    assert MAY["secret"] == set(get_args(Right))
    assert set(MAY) == set(get_args(Role))
    assert not may("guest", "write")  # type: ignore[arg-type]


def test_the_page_prints_the_table() -> None:
    rows = re.findall(r"^\| `(\w+)` \| .+? \| (.+?) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert {role: frozenset(re.findall(r"`(\w+)`", rights)) for role, rights in rows} == MAY


def test_a_refusal_names_the_roles_that_may(client: httpx.Client) -> None:
    answer = call(client, "POST", "/v1/similar", "k-analyst")
    assert answer.status_code == 403
    assert answer.json()["error"]["way_out"] == "use a key of role service, secret"


def test_the_write_key_works_on_pages_of_the_allowed_origins_only(client: httpx.Client) -> None:
    body = ("POST", "/v1/collect", "k-write")
    let_in = call(client, *body).status_code  # a program, not a page
    assert let_in != 403
    assert call(client, *body, Origin="https://shop.example").status_code == let_in
    refused = call(client, *body, Origin="https://evil.example")
    assert (refused.status_code, refused.json()["error"]["parameter"]) == (403, "origin")
    assert call(client, "POST", "/v1/collect", "k-service", Origin="https://evil.example").status_code == let_in
