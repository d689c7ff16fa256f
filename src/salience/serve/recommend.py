"""`POST /v1/recommend`: the next items for a person, each with its reason and probability; logged as a Decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from salience.events import RecommendRequest
from salience.events.answers import Answer
from salience.serve.fault import HttpFault
from salience.serve.gpc import opted_out
from salience.serve.keys import is_public
from salience.serve.large import large
from salience.serve.verb import Verb
from salience.serve.wire import read, write

if TYPE_CHECKING:
    from salience.engine import Engine


ROOM = 2_000_000
"""Bytes of a body, whoever asks: enough to hear that a list of what to leave out is too long."""


async def respond(engine: Engine, request: Request) -> Response:
    """Ask the engine. With the public key only for anonymous visitors: a known person's taste is not for every page."""
    body, public = await request.body(), is_public(request)
    wanted = await large(request.scope, len(body), read, body, RecommendRequest)
    if public and wanted.user:
        rule = "the public write key may ask for `anonymous` visitors only"
        raise HttpFault(403, "user", wanted.user, rule, "send `anonymous`, or use the secret key on a server")
    return write(await run_in_threadpool(engine.recommend, wanted, public=public, opted_out=opted_out(request)))


VERB = Verb(
    path="/v1/recommend",
    method="POST",
    summary="Ask what to show a person. The newest events already count.",
    respond=respond,
    takes=RecommendRequest,
    gives=Answer,
    needs="write",
    room=ROOM,
    statuses=(400, 401, 403, 408, 413, 415, 422, 431, 503),
    example='{"anonymous": "v-1", "k": 5, "layouts": ["posters", "list"]}',
)
