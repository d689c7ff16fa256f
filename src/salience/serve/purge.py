"""`POST /v1/purge`: take out visitors who were invented to push an item."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from salience.events.kinds import Milliseconds, OptionalId
from salience.serve.keys import ACCESS
from salience.serve.verb import Verb
from salience.serve.wire import read, write

if TYPE_CHECKING:
    from salience.engine import Engine


class Purge(Struct, frozen=True, forbid_unknown_fields=True):
    """Visitors whose whole life lies from ``since`` to before ``until`` (ms since 1970 UTC, by the server's clock).

    ``item``: only those who did something about it. ``source``: only those all of whose events came that way.
    ``dry_run`` says how many there are, and leaves them.
    """

    since: Milliseconds
    until: Milliseconds
    item: OptionalId = ""
    source: OptionalId = ""
    dry_run: bool = False


class Purged(Struct, frozen=True):
    """How many visitors and events are gone, or would go."""

    visitors: int
    rows: int
    dry_run: bool


async def respond(engine: Engine, request: Request) -> Response:
    """Popularity and exact models are without them when this answers; others follow as after an erasure."""
    asked = read(await request.body(), Purge)
    purge = partial(engine.purge, since=asked.since, until=asked.until, item=asked.item, source=asked.source)
    found = await run_in_threadpool(purge, dry_run=asked.dry_run, actor=f"{request.scope[ACCESS]} key")
    return write(Purged(found.visitors, found.rows, found.dry_run))


VERB = Verb(
    path="/v1/purge",
    method="POST",
    summary="Take out visitors who were invented to push an item, as if they had never come.",
    respond=respond,
    takes=Purge,
    gives=Purged,
    needs="privacy",
    statuses=(400, 401, 403, 408, 413, 415, 422, 429, 431, 503),
    example='{"since": 1767225600000, "until": 1767229200000, "item": "50", "dry_run": true}',
)
