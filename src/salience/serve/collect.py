"""`POST /v1/collect`: events in, one result per event out, once they are synced to disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from salience.collect.decode import decode
from salience.collect.limits import PUBLIC, SECRET
from salience.collect.receipt import Receipt
from salience.events import AnyEvent
from salience.serve.keys import is_public
from salience.serve.verb import Verb
from salience.serve.wire import write

if TYPE_CHECKING:
    from salience.engine import Engine

ALONE = 65_536
"""Bytes above which reading a body would hold up the other callers, so a thread does it."""

LINES = "application/x-ndjson"


class Batch(Struct, frozen=True):
    """The body. An event without ``time`` happened when it arrived."""

    events: tuple[AnyEvent, ...]


async def respond(engine: Engine, request: Request) -> Response:
    """A fault of the body refuses all of it; a fault of one event is its own result, and it is kept as failed."""
    lines = request.headers.get("content-type", "").startswith(LINES)
    limits = PUBLIC if is_public(request) else SECRET
    return await submit(engine, request, lambda body: decode(body, limits=limits, lines=lines))


async def submit(engine: Engine, request: Request, events_of: Callable[[bytes], Sequence[Any]]) -> Response:
    """Read the events of the body, hand them to the engine, answer when they are durable."""
    body, public = await request.body(), is_public(request)

    def hand_over() -> Any:
        return engine.submit(events_of(body), source="http", public=public)

    waiting = await run_in_threadpool(hand_over) if len(body) > ALONE else hand_over()
    # Shielded: a caller who hangs up must not cancel what the log is about to write.
    return write(await asyncio.shield(asyncio.wrap_future(waiting)))


VERB = Verb(
    path="/v1/collect",
    method="POST",
    summary="Send events. Answers when they are on disk, with a result for each.",
    respond=respond,
    takes=Batch,
    gives=Receipt,
    needs="write",
    also=("text/plain", LINES),
    statuses=(400, 401, 408, 413, 415, 422, 431, 503),
    example='{"events": [{"kind": "click", "id": "e-1", "anonymous": "v-1", "item": "50"}]}',
)
