"""The model as a file, its times, its reset; and the log's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from salience.serve.personalizer.call import LOOP, Call, answered, done, moment

if TYPE_CHECKING:
    from salience.engine import Engine

BYTES = "application/octet-stream"


async def _export(engine: Engine, _: Request) -> Response:
    return Response(await run_in_threadpool(engine.export_loop, LOOP), media_type=BYTES)


async def _import(engine: Engine, request: Request) -> Response:
    await run_in_threadpool(engine.import_loop, LOOP, await request.body(), by="personalizer")
    return done()


async def _reset(engine: Engine, _: Request) -> Response:
    await run_in_threadpool(engine.steer, LOOP, fresh=True, by="personalizer", why="model reset")
    return done()


async def _properties(engine: Engine, _: Request) -> Response:
    view = await run_in_threadpool(engine.loop, LOOP)
    newest = next(iter(await run_in_threadpool(engine.versions, LOOP)), None)
    last = moment(view.last) if view.lessons else None
    return answered({"creationTime": moment(newest.time) if newest else last, "lastModifiedTime": last})


async def _forget(engine: Engine, _: Request) -> Response:
    await run_in_threadpool(engine.forget_decisions)
    return done()


async def _log(engine: Engine, _: Request) -> Response:
    first, last = await run_in_threadpool(engine.decided_between, LOOP)
    return answered({"dateRange": {"from": moment(first), "to": moment(last)}})


CALLS = (
    Call("GET", "/model", _export, "analyse"),
    Call("PUT", "/model", _import, "market", body=True, also=(BYTES, "")),
    Call("DELETE", "/model", _reset, "market"),
    Call("GET", "/model/properties", _properties, "view"),
    Call("DELETE", "/logs", _forget, "privacy"),
    Call("GET", "/logs/properties", _log, "view"),
)
