"""`/v1/loops`: how loops stand, and trials inside them. `/v1/guardrails`: what was found broken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct, field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from salience.engine.guarding import Guardrails
from salience.engine.trying import CanaryView
from salience.events.answers import LoopView
from salience.events.kinds import Name, OptionalId, Share
from salience.events.loops import Canary
from salience.serve.verb import Verb
from salience.serve.wire import read, write

if TYPE_CHECKING:
    from salience.engine import Engine

Why = Annotated[str, Meta(max_length=1000)]


class LoopList(Struct, frozen=True):
    """Every loop that decided or was steered."""

    loops: tuple[LoopView, ...]


class CanaryBegun(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A ``share`` of the units is answered by something new.

    ``version``: one that was set aside, "" for the newest; ``policy``: another way to choose. ``apart``: each side
    learns from its own decisions alone. ``margins``: metric -> how much less it may earn a decision before everybody
    gets the old side back; ``reward`` is what the loop learns from.
    """

    share: Annotated[float, Meta(gt=0, le=0.5)]
    loop_id: Name = "default"
    version: OptionalId | None = None
    policy: Annotated[str, Meta(max_length=128)] = ""
    apart: bool = False
    margins: dict[Name, Share] = field(default_factory=lambda: {"reward": 0.0})
    units: Annotated[int, Meta(ge=100)] = 10_000
    alpha: Annotated[float, Meta(ge=1e-4, le=0.2)] = 0.05
    why: Why = ""


class CanaryEnded(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """``adopt``: what was tried answers everybody; else nobody. ``force``: also where that is too early to say."""

    loop_id: Name = "default"
    adopt: bool = False
    force: bool = False
    why: Why = ""


async def _list(engine: Engine, _: Request) -> Response:
    return write(LoopList(tuple(await run_in_threadpool(engine.loops))))


async def _begin(engine: Engine, request: Request) -> Response:
    told = read(await request.body(), CanaryBegun)
    canary = Canary(told.share, told.version, told.policy, told.apart, told.margins, told.units, told.alpha)
    return write(await run_in_threadpool(engine.canary, told.loop_id, canary, by="server key", why=told.why))


async def _tried(engine: Engine, request: Request) -> Response:
    return write(await run_in_threadpool(engine.tried, request.path_params["loop"]))


async def _end(engine: Engine, request: Request) -> Response:
    told = read(await request.body(), CanaryEnded)
    return write(
        await run_in_threadpool(
            engine.end_canary, told.loop_id, adopt=told.adopt, force=told.force, by="server key", why=told.why
        )
    )


async def _alarms(engine: Engine, _: Request) -> Response:
    return write(engine.alarms)


async def _guard(engine: Engine, _: Request) -> Response:
    return write(await run_in_threadpool(engine.guard))


_READS = (401, 403, 404, 422, 429, 431)
_STATUSES = (400, 401, 403, 408, 413, 415, 422, 429, 431, 503)

VERBS: tuple[Verb, ...] = (
    Verb(
        path="/v1/loops",
        method="GET",
        summary="List the loops of `decide`: mode, version that answers, counts.",
        respond=_list,
        gives=LoopList,
        needs="view",
        statuses=(401, 403, 429, 431),
    ),
    Verb(
        path="/v1/loops/canary",
        method="POST",
        summary="Let something new answer a share of a loop's units; it goes back by itself if a guardrail breaks.",
        respond=_begin,
        takes=CanaryBegun,
        gives=CanaryView,
        needs="market",
        statuses=_STATUSES,
        example='{"loopId": "home", "share": 0.05, "policy": "squarecb", "margins": {"reward": 0.01}}',
    ),
    Verb(
        path="/v1/loops/canary/end",
        method="POST",
        summary="Give everybody the old side again, or with `adopt` the new one.",
        respond=_end,
        takes=CanaryEnded,
        gives=LoopView,
        needs="market",
        statuses=_STATUSES,
        example='{"loopId": "home", "why": "the summer is over"}',
    ),
    Verb(
        path="/v1/loops/{loop}/canary",
        method="GET",
        summary="How the trial of a loop stands, metric by metric; looking often costs no certainty.",
        respond=_tried,
        gives=CanaryView,
        needs="view",
        statuses=_READS,
    ),
    Verb(
        path="/v1/guardrails",
        method="GET",
        summary="The alarms: guardrails of experiments and trials that this server found broken.",
        respond=_alarms,
        gives=Guardrails,
        needs="view",
        statuses=(401, 403, 429, 431),
    ),
    Verb(
        path="/v1/guardrails",
        method="POST",
        summary="Look at every guardrail now, and give traffic back where one is surely broken.",
        respond=_guard,
        gives=Guardrails,
        needs="market",
        statuses=(401, 403, 429, 431),
        called="guard",
    ),
)
