"""`POST /v1/collect`: events in, one result per event out, once they are synced to disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from salience.collect.decode import Body, decoded
from salience.collect.limits import PUBLIC, SECRET
from salience.collect.receipt import Receipt
from salience.collect.sender import Sender
from salience.events import AnyEvent
from salience.serve.gpc import opted_out
from salience.serve.keys import is_public
from salience.serve.large import large
from salience.serve.rated import network_of
from salience.serve.verb import Verb
from salience.serve.wire import write

if TYPE_CHECKING:
    from salience.engine import Engine

LINES = "application/x-ndjson"


class Batch(Struct, frozen=True):
    """The body. An event without ``time`` happened when it arrived.

    ``sent``: when this body left by the sender's clock, ms since 1970 UTC or RFC 3339 text; it sets the events' times
    right where that clock is wrong. More events than a key may send at once (10,000 with the write key) are 413.
    """

    events: Annotated[tuple[AnyEvent, ...], Meta(min_length=1)]
    sent: Annotated[int, Meta(ge=0)] | str | None = None


async def respond(engine: Engine, request: Request) -> Response:
    """A fault of the body refuses all of it; a fault of one event is its own result, and it is kept as failed."""
    lines = request.headers.get("content-type", "").startswith(LINES)
    limits = PUBLIC if is_public(request) else SECRET
    return await submit(engine, request, lambda body: decoded(body, limits=limits, lines=lines))


async def submit(engine: Engine, request: Request, body_of: Callable[[bytes], Body]) -> Response:
    """Read the events of the body, hand them to the engine, answer when they are durable."""
    body, public, out = await request.body(), is_public(request), opted_out(request)
    network = network_of(request.scope)

    def hand_over() -> Any:
        found = body_of(body)
        # A browser's User-Agent is looked at. That of a server says nothing of the people it reports about.
        agent = request.headers.get("user-agent", "") if public else ""
        sender = Sender(public=public, sent=found.sent, agent=agent, opted_out=out, network=network)
        return engine.submit(found, source="http", sender=sender)

    waiting = await large(request.scope, len(body), hand_over)
    # Shielded: a caller who hangs up must not cancel what the log is about to write.
    return write(await asyncio.shield(asyncio.wrap_future(waiting)))


VERB = Verb(
    path="/v1/collect",
    method="POST",
    summary="Send events. Answers when they are on disk, with a result for each.",
    respond=respond,
    takes=Batch | Annotated[tuple[Any, ...], Meta(min_length=1)],  # or the events alone
    each=True,
    gives=Receipt,
    needs="write",
    also=("text/plain", LINES),
    statuses=(400, 401, 408, 413, 415, 422, 429, 431, 503),
    example='{"events": [{"kind": "click", "id": "e-1", "anonymous": "v-1", "item": "50"}]}',
)
