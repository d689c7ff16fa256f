"""The HTTP edge of one engine: a visible list of verbs, each guarded as its own description asks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from salience.serve import (
    collect,
    counts,
    decide,
    docs,
    experiments,
    health,
    identity,
    loops,
    metrics,
    ofrep,
    openapi,
    outcomes,
    papers,
    personalizer,
    purge,
    recommend,
    rights,
    segment,
    similar,
    tag,
)
from salience.serve.cors import Cors
from salience.serve.exact import Exact
from salience.serve.faults import Faults, for_starlette
from salience.serve.headers import Headers
from salience.serve.keys import TENANT, Check, Keys
from salience.serve.limits import Bounded
from salience.serve.load import Limits, Load
from salience.serve.rated import Rated
from salience.serve.tenant import Tenant
from salience.serve.turns import Turns
from salience.serve.verb import Verb
from salience.serve.whole import Whole

if TYPE_CHECKING:
    from salience.engine import Engine

VERBS: tuple[Verb, ...] = (
    collect.VERB,
    *segment.VERBS,
    recommend.VERB,
    similar.VERB,
    *identity.VERBS,
    *rights.VERBS,
    *papers.VERBS,
    purge.VERB,
    counts.VERB,
    outcomes.VERB,
    *experiments.VERBS,
    *ofrep.VERBS,
    *decide.VERBS,
    *loops.VERBS,
    health.LIVE,
    health.READY,
    metrics.VERB,
)
"""Every route of version 1. A new one is its own file and one line here."""

STYLE = Path(__file__).parent / "static" / "docs.css"


def app(
    engine: Engine,
    check: Check,
    *,
    limits: Limits | None = None,
    pages: Sequence[BaseRoute] = (),
    beside: Sequence[tuple[Engine, Check]] = (),
) -> Starlette:
    """The ASGI application. ``check`` tells the role of a key (`salience.store.keys`); ``pages`` are served as well.

    ``beside``: further workspaces with their keys. Which one a call is about depends on its key alone.
    """
    tenants = [Tenant.of(*one) for one in ((engine, check), *beside)]
    load = Load(limits or Limits(), Turns() if beside else None)
    routes: list[BaseRoute] = [_route(verb, tenants, load) for verb in VERBS]
    made = Starlette(
        routes=[*routes, *personalizer.routes(tenants, load), *_described(), *tag.ROUTES, *pages],
        middleware=[
            Middleware(Headers),
            Middleware(Cors, paths=[verb.path for verb in VERBS if verb.needs == "write"]),
            Middleware(Faults),
        ],
        exception_handlers={HTTPException: for_starlette},
    )
    made.router.redirect_slashes = False
    made.router.middleware_stack = Exact(made.router)
    return made


def _route(verb: Verb, tenants: Sequence[Tenant], load: Load) -> Route:
    """One verb as a route: first its key, then its limits, then its own file."""

    async def endpoint(request: Request) -> Response:
        return await verb.respond(request.scope[TENANT].engine, request)

    async def of_all(request: Request) -> Response:
        answers = [await verb.respond(tenant.engine, request) for tenant in tenants]
        return next((answer for answer in answers if answer.status_code != HTTPStatus.OK), answers[0])

    named = f"{verb.method} {verb.path}"
    guards = [Middleware(Keys, tenants=tenants, needs=verb.needs, route=named), Middleware(Rated)] if verb.needs else []
    if verb.takes is not None:
        guards.append(Middleware(Bounded, load=load, also=verb.also, most=verb.room))
    answer = endpoint if verb.needs else of_all
    return Whole(verb.path, answer, methods=[verb.method], name=verb.name, middleware=guards)


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
