"""The demo's routes, without a browser."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from salience import Engine
from tests.console.shop import FILMS, GENRES, KEY


@pytest.fixture
def client(shop: tuple[Engine, str]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=shop[1]) as made:
        yield made


def test_the_page_carries_the_public_key_and_the_language(client: httpx.Client) -> None:
    page = client.get("/", headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"})
    assert '<html lang="zh">' in page.text
    assert f'content="{KEY}"' in page.text
    assert page.headers["content-language"] == "zh"
    assert '<html lang="en">' in client.get("/?lang=en", headers={"Accept-Language": "zh"}).text


def test_films_are_found_by_word_and_genre(client: httpx.Client) -> None:
    found = client.get("/demo/films", params={"query": "horror 07"}).json()["films"]
    assert [film["item"] for film in found] == ["Horror-7"]
    page = client.get("/demo/films", params={"category": "Western", "limit": 200}).json()["films"]
    assert len(page) == FILMS
    rest = client.get("/demo/films", params={"category": "Western", "limit": 5, "offset": 15}).json()["films"]
    assert [film["item"] for film in rest] == [film["item"] for film in page[15:]]


def test_genres_are_counted(client: httpx.Client) -> None:
    assert client.get("/demo/genres").json()["genres"] == [[genre, FILMS] for genre in sorted(GENRES)]


@pytest.mark.parametrize("limit", ["0", "201", "x", "-1", "9" * 5000, "٣"])
def test_a_bad_number_is_said(client: httpx.Client, limit: str) -> None:
    answer = client.get("/demo/films", params={"limit": limit})
    assert (answer.status_code, answer.json()["error"]["parameter"]) == (422, "limit")


def test_the_pulse_is_the_engines(client: httpx.Client, shop: tuple[Engine, str]) -> None:
    assert client.get("/demo/pulse").json()["model"] == shop[0].snapshot.version


def test_static_files_stay_in_their_folder(client: httpx.Client) -> None:
    assert client.get("/demo/static/page.css").status_code == 200
    for path in ("/demo/static/../demo.py", "/demo/static/%2e%2e/demo.py", "/demo/static/..%2fdemo.py"):
        assert client.get(path).status_code == 404
