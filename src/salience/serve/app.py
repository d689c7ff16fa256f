"""The HTTP edge of one engine: a visible list of verbs, each guarded as its own description asks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from salience.serve import collect, docs, health, identity, metrics, openapi, outcomes, recommend, segment, similar, tag
from salience.serve.cors import Cors
from salience.serve.faults import Faults, for_starlette
from salience.serve.headers import Headers
from salience.serve.keys import Check, Keys
from salience.serve.limits import Bounded, Limits, Load
from salience.serve.rates import Rated, Rates
from salience.serve.verb import Verb

if TYPE_CHECKING:
    from salience.engine import Engine

VERBS: tuple[Verb, ...] = (
    collect.VERB,
    *segment.VERBS,
    recommend.VERB,
    similar.VERB,
    *identity.VERBS,
    outcomes.VERB,
    health.LIVE,
    health.READY,
    metrics.VERB,
)
"""Every route of version 1. A new one is its own file and one line here."""

STYLE = Path(__file__).parent / "static" / "docs.css"


def app(engine: Engine, check: Check, *, limits: Limits | None = None, pages: Sequence[BaseRoute] = ()) -> Starlette:
    """The ASGI application. ``check`` says what a key may do (`salience.store.keys`); ``pages`` are served beside."""
    load, chosen = Load(limits or Limits()), engine.settings
    rates = Rates(chosen.rate_per_key, chosen.rate_per_address, chosen.trusted_proxies)
    routes: list[BaseRoute] = [_route(verb, engine, check, load, rates) for verb in VERBS]
    made = Starlette(
        routes=[*routes, *_described(), *tag.ROUTES, *pages],
        middleware=[
            Middleware(Headers),
            Middleware(Cors, paths=[verb.path for verb in VERBS if verb.needs == "write"]),
            Middleware(Faults),
        ],
        exception_handlers={HTTPException: for_starlette},
    )
    made.router.redirect_slashes = False
    return made


def _route(verb: Verb, engine: Engine, check: Check, load: Load, rates: Rates) -> Route:
    """One verb as a route: first its key, then its limits, then its own file."""

    async def endpoint(request: Request) -> Response:
        return await verb.respond(engine, request)

    guards = [Middleware(Keys, check=check, needs=verb.needs), Middleware(Rated, rates=rates)] if verb.needs else []
    if verb.takes is not None:
        guards.append(Middleware(Bounded, load=load, also=verb.also, most=verb.room))
    return Route(verb.path, endpoint, methods=[verb.method], name=verb.name, middleware=guards)


def _described() -> list[Route]:
    """The description of the verbs, for programs and for people. Made at the first request, then kept."""

    @lru_cache(maxsize=1)
    def rendered() -> tuple[bytes, str]:
        described = openapi.describe(VERBS)
        return msgspec.json.encode(described), docs.page(VERBS, described)

    async def document(_: Request) -> Response:
        return Response(rendered()[0], media_type="application/json")

    async def page(_: Request) -> Response:
        return HTMLResponse(rendered()[1])

    async def style(_: Request) -> Response:
        return Response(STYLE.read_text(), media_type="text/css", headers={"Cache-Control": "max-age=3600"})

    gets: tuple[tuple[str, Callable[[Request], Awaitable[Response]]], ...] = (
        ("/openapi.json", document),
        ("/docs", page),
        ("/docs/style.css", style),
    )
    return [Route(path, endpoint, methods=["GET"]) for path, endpoint in gets]
