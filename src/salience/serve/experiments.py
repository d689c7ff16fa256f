"""`/v1/experiments`: what is tried, its steps, its report and its plan. Steps are events; nothing is edited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from salience.engine.experimenting import ExperimentReport, ExperimentView, Plan
from salience.events.experiment import Design, Method
from salience.events.kinds import Id, Name, OptionalId, Share, Text
from salience.serve.verb import Verb
from salience.serve.wire import read, write

if TYPE_CHECKING:
    from salience.engine import Engine


class Defined(Struct, frozen=True, forbid_unknown_fields=True):
    """What will be tried, under a name."""

    name: Id
    design: Design


class Started(Struct, frozen=True, forbid_unknown_fields=True):
    """Take in units from now on; ``shares`` by arm, equal ones if none are given."""

    name: Id
    shares: dict[Name, Share] = {}
    why: Text = ""


class Shares(Struct, frozen=True, forbid_unknown_fields=True):
    """New shares for units that come from now on."""

    name: Id
    shares: dict[Name, Share]
    why: Text = ""


class Stopped(Struct, frozen=True, forbid_unknown_fields=True):
    """Take in nobody any more; a flag goes on answering with the arm ``ship``."""

    name: Id
    ship: OptionalId = ""
    why: Text = ""


class Reported(Struct, frozen=True, forbid_unknown_fields=True):
    """Which run (counted from 1; 0: the last) of which experiment."""

    name: Id
    run: Annotated[int, Meta(ge=0)] = 0


class Planned(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The metric as it is now (mean and standard deviation a unit), and the smallest relative lift worth finding."""

    mean: float
    sd: float
    lift: float
    units_a_day: float
    arms: Annotated[int, Meta(ge=2, le=20)] = 2
    method: Method = "sequential"
    alpha: Annotated[float, Meta(ge=1e-4, le=0.2)] = 0.05
    power: Annotated[float, Meta(ge=0.5, le=0.999)] = 0.8
    rho: Annotated[float, Meta(gt=-1, lt=1)] = 0.0


class Experiments(Struct, frozen=True):
    """Every experiment, in the order of definition."""

    experiments: tuple[ExperimentView, ...]


async def _list(engine: Engine, _: Request) -> Response:
    return write(Experiments(await run_in_threadpool(engine.experiments)))


async def _define(engine: Engine, request: Request) -> Response:
    wanted = read(await request.body(), Defined)
    return write(await run_in_threadpool(engine.define_experiment, wanted.name, wanted.design))


async def _start(engine: Engine, request: Request) -> Response:
    wanted = read(await request.body(), Started)
    return write(await run_in_threadpool(engine.start_experiment, wanted.name, wanted.shares, wanted.why))


async def _allocate(engine: Engine, request: Request) -> Response:
    wanted = read(await request.body(), Shares)
    return write(await run_in_threadpool(engine.allocate_experiment, wanted.name, wanted.shares, wanted.why))


async def _stop(engine: Engine, request: Request) -> Response:
    wanted = read(await request.body(), Stopped)
    return write(await run_in_threadpool(engine.stop_experiment, wanted.name, ship=wanted.ship, why=wanted.why))


async def _report(engine: Engine, request: Request) -> Response:
    wanted = read(await request.body(), Reported)
    return write(await run_in_threadpool(engine.report_experiment, wanted.name, wanted.run))


async def _plan(engine: Engine, request: Request) -> Response:
    asked = read(await request.body(), Planned)
    wanted = {field: getattr(asked, field) for field in asked.__struct_fields__}
    return write(await run_in_threadpool(lambda: engine.plan_experiment(**wanted)))


_STATUSES = (400, 401, 403, 404, 408, 413, 415, 422, 429, 431, 503)
_DESIGN = (
    '{"name": "home", "design": {"arms": [{"name": "control"}, {"name": "new"}], "units": 20000, '
    '"metrics": [{"name": "orders", "event": "purchase", "role": "primary"}]}}'
)

VERBS: tuple[Verb, ...] = (
    Verb(
        path="/v1/experiments",
        method="GET",
        summary="List the experiments and their state.",
        respond=_list,
        gives=Experiments,
        needs="view",
        statuses=(401, 403, 429, 431),
    ),
    Verb(
        path="/v1/experiments/define",
        method="POST",
        summary="Say what will be tried and how it will be judged.",
        respond=_define,
        takes=Defined,
        gives=ExperimentView,
        needs="market",
        statuses=_STATUSES,
        example=_DESIGN,
    ),
    Verb(
        path="/v1/experiments/start",
        method="POST",
        summary="Take in units from now on; every start has a new salt.",
        respond=_start,
        takes=Started,
        gives=ExperimentView,
        needs="market",
        statuses=_STATUSES,
        example='{"name": "home", "shares": {"control": 0.5, "new": 0.5}}',
    ),
    Verb(
        path="/v1/experiments/allocate",
        method="POST",
        summary="Change the shares for units that come from now on.",
        respond=_allocate,
        takes=Shares,
        gives=ExperimentView,
        needs="market",
        statuses=_STATUSES,
        example='{"name": "home", "shares": {"control": 0.2, "new": 0.8}}',
    ),
    Verb(
        path="/v1/experiments/stop",
        method="POST",
        summary="Take in nobody any more, and say what a flag answers from now on.",
        respond=_stop,
        takes=Stopped,
        gives=ExperimentView,
        needs="market",
        statuses=_STATUSES,
        example='{"name": "home", "ship": "new", "why": "better by 4 %"}',
    ),
    Verb(
        path="/v1/experiments/report",
        method="POST",
        summary="Judge a run from the log: a verdict in words, and every figure with its interval.",
        respond=_report,
        takes=Reported,
        gives=ExperimentReport,
        needs="analyse",
        statuses=_STATUSES,
        example='{"name": "home"}',
    ),
    Verb(
        path="/v1/experiments/plan",
        method="POST",
        summary="Ask how many units and weeks an experiment needs.",
        respond=_plan,
        takes=Planned,
        gives=Plan,
        needs="analyse",
        statuses=_STATUSES,
        example='{"mean": 0.1, "sd": 0.3, "lift": 0.05, "units_a_day": 4000}',
    ),
)
