"""`POST /v1/similar`: the items most like an item, by the model that is being served."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from salience.events import SimilarRequest
from salience.events.answers import Similar
from salience.serve.verb import Verb
from salience.serve.wire import read, write

if TYPE_CHECKING:
    from salience.engine import Engine


class Alike(Struct, frozen=True):
    """The answer, most similar first."""

    items: tuple[Similar, ...]


async def respond(engine: Engine, request: Request) -> Response:
    """Ask the engine; an unknown item is 404."""
    wanted = read(await request.body(), SimilarRequest)
    return write(Alike(await run_in_threadpool(engine.similar, wanted)))


VERB = Verb(
    path="/v1/similar",
    method="POST",
    summary="Ask for the items most like one item.",
    respond=respond,
    takes=SimilarRequest,
    gives=Alike,
    needs="secret",
    statuses=(400, 401, 403, 404, 408, 413, 415, 422, 431, 503),
    example='{"item": "50", "k": 5}',
)
