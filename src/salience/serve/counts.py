"""`POST /v1/counts`: how many people did something, with noise that hides each of them, out of a budget that ends."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from salience.engine.counting import LEAST
from salience.events.fault import InvalidInput
from salience.events.kinds import Name
from salience.serve.fault import HttpFault
from salience.serve.verb import Verb
from salience.serve.wire import read, write

if TYPE_CHECKING:
    from salience.engine import Engine


class Question(Struct, frozen=True, forbid_unknown_fields=True):
    """``kind`` of deed, e.g. ``purchase``. A smaller ``epsilon`` hides people better and makes the number rougher."""

    kind: Name
    epsilon: Annotated[float, Meta(ge=LEAST, le=10)] = 0.1


class Counted(Struct, frozen=True):
    """About so many ``people``; ``left`` of the budget of thirty days. The same question has the same answer."""

    kind: str
    people: int
    epsilon: float
    left: float


async def respond(engine: Engine, request: Request) -> Response:
    """429 once the budget is spent, with the seconds until there is a new one."""
    asked = read(await request.body(), Question)
    try:
        found = await run_in_threadpool(partial(engine.private_count, asked.kind, epsilon=asked.epsilon))
    except InvalidInput as fault:
        if fault.parameter != "epsilon":
            raise
        wait = {"Retry-After": str(engine.counts_renew_in())}
        raise HttpFault(429, "epsilon", asked.epsilon, fault.rule, fault.way_out, wait) from fault
    return write(Counted(found.kind, found.people, found.epsilon, found.left))


VERB = Verb(
    path="/v1/counts",
    method="POST",
    summary="How many people did something, with noise that hides each, out of a budget.",
    respond=respond,
    takes=Question,
    gives=Counted,
    needs="privacy",
    statuses=(400, 401, 403, 408, 413, 415, 422, 429, 431, 503),
    example='{"kind": "purchase", "epsilon": 0.1}',
)
