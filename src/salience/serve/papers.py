"""`/.well-known/gpc.json` and `/v1/parameters`: what everybody may read about how this site treats people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from salience.serve.verb import Verb
from salience.serve.wire import JSON, write

if TYPE_CHECKING:
    from salience.engine import Engine


class Parameters(Struct, frozen=True):
    """The main parameters of the recommender in words. ``hash``: of the manifest of the model that answers now."""

    text: str
    hash: str
    made: int


class Gpc(Struct, frozen=True, rename="camel"):
    """The signal is honoured."""

    gpc: bool
    last_update: str


async def _parameters(engine: Engine, _request: Request) -> Response:
    page = await run_in_threadpool(engine.paper, "parameters")
    return write(Parameters(page.text, page.hash, page.made))


async def _gpc(engine: Engine, _request: Request) -> Response:
    return Response(msgspec.json.encode(engine.gpc_file()), media_type=JSON)


VERBS: tuple[Verb, ...] = (
    Verb(
        path="/v1/parameters",
        method="GET",
        summary="How recommendations are made here, in words, from the model that answers now.",
        respond=_parameters,
        gives=Parameters,
        needs="write",
        statuses=(401, 403, 429, 503),
    ),
    Verb(
        path="/.well-known/gpc.json",
        method="GET",
        summary="Global Privacy Control is honoured here.",
        respond=_gpc,
        gives=Gpc,
        called="gpc",
    ),
)
