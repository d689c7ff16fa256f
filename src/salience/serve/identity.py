"""`POST /v1/identity`, `/v1/identity/split`, `/v1/identity/undo`: which ids are one person, and how to take it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from salience.events.answers import IdentityView
from salience.events.kinds import Id
from salience.serve.verb import Verb
from salience.serve.wire import read, write

if TYPE_CHECKING:
    from salience.engine import Engine


class Whose(Struct, frozen=True, forbid_unknown_fields=True):
    """An id with its prefix: ``ann``, ``anon:7``, ``loyalty:77``."""

    id: Id


class Parted(Struct, frozen=True, forbid_unknown_fields=True):
    """The person's ids in ``apart`` are somebody else."""

    id: Id
    apart: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=256)]


class TakenBack(Struct, frozen=True, forbid_unknown_fields=True):
    """The event whose word on who is who is taken back."""

    event: Id


async def _show(engine: Engine, request: Request) -> Response:
    wanted = read(await request.body(), Whose)
    return write(await run_in_threadpool(engine.identity, wanted.id))


async def _split(engine: Engine, request: Request) -> Response:
    wanted = read(await request.body(), Parted)
    return write(await run_in_threadpool(engine.split, wanted.id, wanted.apart))


async def _undo(engine: Engine, request: Request) -> Response:
    wanted = read(await request.body(), TakenBack)
    return write(await run_in_threadpool(engine.undo, wanted.event))


_STATUSES = (400, 401, 403, 404, 408, 413, 415, 422, 429, 431, 503)

VERBS: tuple[Verb, ...] = (
    Verb(
        path="/v1/identity",
        method="POST",
        summary="Ask which ids are one person, by which events.",
        respond=_show,
        takes=Whose,
        gives=IdentityView,
        needs="secret",
        statuses=_STATUSES,
        example='{"id": "ann"}',
    ),
    Verb(
        path="/v1/identity/split",
        method="POST",
        summary="Say that some ids of a person are somebody else.",
        respond=_split,
        takes=Parted,
        gives=IdentityView,
        needs="secret",
        statuses=_STATUSES,
        example='{"id": "ann", "apart": ["anon:7"]}',
    ),
    Verb(
        path="/v1/identity/undo",
        method="POST",
        summary="Take back what one event said of who is who.",
        respond=_undo,
        takes=TakenBack,
        gives=IdentityView,
        needs="secret",
        statuses=_STATUSES,
        example='{"event": "m-6"}',
    ),
)
