"""The demo page: a film shop front for a visitor, which uses the public HTTP API as any web page would.

Only the panel and the catalogue have routes of their own (``/demo/...``); they exist where the demo mounts them and
nowhere else. Events, recommendations and outcomes go through ``/v1`` with the public write key.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Struct
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from salience.events import InvalidInput
from salience.events.answers import CatalogueItem

if TYPE_CHECKING:
    from salience.engine import Engine

STATIC = Path(__file__).parent / "static"
MOST = 200
TITLES = {"en": "Salience: a film shop that learns as you click", "zh": "Salience：一边点击一边学习的电影小店"}


class Films(Struct, frozen=True):
    """A page of the catalogue."""

    films: tuple[CatalogueItem, ...]


class Genres(Struct, frozen=True):
    """Every category with the number of its films, the largest first."""

    genres: tuple[tuple[str, int], ...]


def routes(engine: Engine, write_key: str) -> list[BaseRoute]:
    """The demo's routes. ``write_key`` is handed to the page; it is public by design."""
    html = (STATIC / "demo.html").read_text(encoding="utf-8")

    async def page(request: Request) -> Response:
        language = language_of(request.query_params.get("lang", ""), request.headers.get("accept-language", ""))
        filled = (
            html.replace("{lang}", {"en": "en", "zh": "zh"}[language])
            .replace("{title}", escape(TITLES[language]))
            .replace("{key}", escape(write_key))
        )
        return HTMLResponse(filled, headers={"Content-Language": language, "Vary": "Accept-Language"})

    async def films(request: Request) -> Response:
        asked = request.query_params
        found = await run_in_threadpool(
            engine.catalogue,
            query=asked.get("query", "")[:200],
            category=asked.get("category", "")[:128],
            limit=whole("limit", asked.get("limit", "24"), 1, MOST),
            offset=whole("offset", asked.get("offset", "0"), 0, 1_000_000),
        )
        return _json(Films(tuple(found)))

    async def genres(_: Request) -> Response:
        found = await run_in_threadpool(engine.catalogue, limit=100_000)
        counts: dict[str, int] = {}
        for film in found:
            for category in film.categories:
                counts[category] = counts.get(category, 0) + 1
        return _json(Genres(tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))))

    async def pulse(_: Request) -> Response:
        return _json(await run_in_threadpool(engine.pulse))

    return [
        Route("/", page, methods=["GET"]),
        Route("/demo/films", films, methods=["GET"]),
        Route("/demo/genres", genres, methods=["GET"]),
        Route("/demo/pulse", pulse, methods=["GET"]),
        Mount("/demo/static", StaticFiles(directory=STATIC)),
    ]


def language_of(asked: str, accepted: str) -> Literal["en", "zh"]:
    """``?lang=`` wins; else the language that Accept-Language weighs higher; else English.

    >>> language_of("", "zh-CN,zh;q=0.9,en;q=0.8"), language_of("", "de,en;q=0.5,zh;q=0.1"), language_of("zh", "en")
    ('zh', 'en', 'zh')
    """
    if asked in ("en", "zh"):
        return "zh" if asked == "zh" else "en"
    weights = {"en": 0.0, "zh": 0.0}
    for part in accepted.lower().split(","):
        tag, _, parameter = part.strip().partition(";")
        name, weight = tag.partition("-")[0].strip(), parameter.strip().removeprefix("q=")
        if name in weights:
            try:
                weights[name] = max(weights[name], float(weight) if weight else 1.0)
            except ValueError:
                continue
    return "zh" if weights["zh"] > weights["en"] else "en"


def whole(parameter: str, value: str, low: int, high: int) -> int:
    """A whole number of the address within bounds."""
    if not (value.isascii() and value.isdigit() and len(value) < 10 and low <= int(value) <= high):
        raise InvalidInput(parameter, value, f"must be a whole number between {low} and {high:,}")
    return int(value)


def _json(answer: Struct) -> Response:
    return Response(msgspec.json.encode(answer), media_type="application/json")
