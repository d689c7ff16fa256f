"""`POST /v1/track`, `/v1/identify`, ... `/v1/batch`: what Segment's and RudderStack's SDKs send, as it is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from salience.collect.receipt import Receipt, Result
from salience.collect.segment import SEGMENT, Call, batch, collapsed, single
from salience.collect.sender import Sender
from salience.serve.fault import HttpFault
from salience.serve.gpc import opted_out
from salience.serve.keys import is_public
from salience.serve.large import large
from salience.serve.rated import network_of
from salience.serve.verb import Verb
from salience.serve.wire import write

if TYPE_CHECKING:
    from salience.engine import Engine


class SegmentCall(Struct, frozen=True):
    """One call in Segment's shape. Which fields it needs depends on the call; unknown ones are ignored."""

    messageId: str = ""  # noqa: N815 - Segment's names, here and below
    userId: str = ""  # noqa: N815
    anonymousId: str = ""  # noqa: N815
    event: str = ""
    previousId: str = ""  # noqa: N815
    groupId: str = ""  # noqa: N815
    name: str = ""
    properties: dict[str, Any] = {}
    traits: dict[str, Any] = {}
    context: dict[str, Any] = {}
    timestamp: str = ""
    sentAt: str = ""  # noqa: N815


class SegmentBatch(Struct, frozen=True):
    """The body of a batch: messages that also say their ``type``. ``sentAt`` and ``context`` are those of all of
    them, if the one is a time and the other an object."""

    batch: Annotated[tuple[Any, ...], Meta(min_length=1)]
    sentAt: Any = ""  # noqa: N815
    context: Any = {}


class Taken(Struct, frozen=True):
    """``success`` is what the SDKs look for; the rest says what became of each message, and of the events in them."""

    success: bool
    received: int
    stored: int
    duplicate: int
    failed: int
    results: tuple[Result, ...]
    refused: int = 0


async def _submit(engine: Engine, request: Request, call_of: Callable[[bytes], Call], *, alone: bool) -> Response:
    body, public = await request.body(), is_public(request)
    network, out = network_of(request.scope), opted_out(request)

    def hand_over() -> tuple[Call, Future[Receipt]]:
        call = call_of(body)
        sender = Sender(public=public, named=True, sent=call.sent, opted_out=out, network=network)
        events = [part for parts in call.parts for part in parts]
        return call, engine.submit(events, source="segment", sender=sender)

    call, waiting = await large(request.scope, len(body), hand_over)
    receipt = await asyncio.shield(asyncio.wrap_future(waiting))
    results = collapsed(call, receipt)
    if alone and receipt.failed == receipt.received:
        parameter, _, rule = results[0].reason.partition(": ")
        way_out = "it is kept with this reason; send it again under the same messageId once it is right"
        raise HttpFault(422, parameter if rule else "body", "", rule or parameter, way_out)
    return write(
        Taken(
            success=True,
            received=receipt.received,
            stored=receipt.stored,
            duplicate=receipt.duplicate,
            failed=receipt.failed,
            results=results,
            refused=receipt.refused,
        )
    )


def _alone(kind: str) -> Callable[[Engine, Request], Awaitable[Response]]:
    async def respond(engine: Engine, request: Request) -> Response:
        own = engine.door.mappings.names
        return await _submit(engine, request, lambda body: single(body, kind, own=own), alone=True)

    return respond


async def _many(engine: Engine, request: Request) -> Response:
    own = engine.door.mappings.names
    return await _submit(engine, request, lambda body: batch(body, own=own), alone=False)


_ONE = (
    ("track", "somebody did something; e-commerce names are understood."),
    ("identify", "what is known of somebody."),
    ("page", "somebody opened a page."),
    ("screen", "somebody opened a screen of an app."),
    ("group", "somebody belongs to a group."),
    ("alias", "two ids are one person; with the secret key only."),
)
_STATUSES = (400, 401, 403, 408, 413, 415, 422, 429, 431, 503)
_EXAMPLES = {
    "track": '{"messageId": "m-1", "anonymousId": "v-1", "event": "Product Viewed", "properties": {"sku": "50"}}',
    "identify": '{"messageId": "m-2", "userId": "u-1", "traits": {"plan": "pro"}}',
    "page": '{"messageId": "m-3", "anonymousId": "v-1", "properties": {"path": "/tea"}}',
    "screen": '{"messageId": "m-4", "anonymousId": "v-1", "name": "Home"}',
    "group": '{"messageId": "m-5", "userId": "u-1", "groupId": "g-1"}',
    "alias": '{"messageId": "m-6", "userId": "u-1", "previousId": "v-1"}',
}

VERBS: tuple[Verb, ...] = (
    *(
        Verb(
            path=f"/v1/{kind}",
            method="POST",
            summary=f"Segment's {kind}: {summary}",
            respond=_alone(kind),
            takes=SegmentCall,
            gives=Taken,
            needs="secret" if kind == "alias" else "write",
            also=("text/plain",),
            room=SEGMENT.body,
            statuses=_STATUSES,
            example=_EXAMPLES[kind],
        )
        for kind, summary in _ONE
    ),
    *(
        Verb(
            path=f"/v1/{name}",
            method="POST",
            summary="Segment's batch: several messages, each with its type and its own result.",
            respond=_many,
            takes=SegmentBatch,
            gives=Taken,
            needs="write",
            also=("text/plain",),
            room=SEGMENT.body,
            statuses=_STATUSES,
            example='{"batch": [{"type": "track", "messageId": "m-7", "anonymousId": "v-1", "event": "Quiz Done"}]}',
        )
        for name in ("batch", "import")
    ),
)
