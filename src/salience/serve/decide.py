"""`POST /v1/decide` and what follows it: which of a caller's own actions to show, and what came of it.

The field names are Azure AI Personalizer's; docs/decide.md says what is added.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from functools import partial
from itertools import starmap
from operator import itemgetter
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta, Struct
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from salience.events import Choice, DecideRequest, Ranked
from salience.events.answers import RewardTaken
from salience.events.kinds import Id, Milliseconds, Name, OptionalId
from salience.events.loops import RankMode, Side
from salience.serve.verb import Verb
from salience.serve.wire import read, write

if TYPE_CHECKING:
    from salience.engine import Engine


FAR = 500
"""Rows of the log that may be folded within a call; more would keep other callers waiting."""


class RankedAction(Struct, frozen=True):
    """``probability``: that this action is chosen for the slot, given the slots above, after every rule."""

    id: str
    probability: float


class Expected(Struct, frozen=True):
    """The reward believed of the chosen action, with its 95 % interval."""

    value: float
    low: float
    high: float


class SlotAnswer(Struct, frozen=True, rename="camel"):
    """What stands in one slot. ``out``: action -> why it could not be chosen here. ``position`` counts from 0.

    ``moved``, of significant decisions: feature -> how far the score of the chosen action falls without it."""

    id: str
    position: int
    reward_action_id: str
    probability: float
    ranking: tuple[RankedAction, ...]
    expected_reward: Expected
    baseline_action: str
    out: dict[str, str]
    reasons: tuple[str, ...]
    moved: dict[str, float] = {}


class DecideAnswer(Struct, frozen=True, rename="camel"):
    """The same event id always brings the same answer, to the byte. ``probability``: of the page as a whole.

    ``decision``: the id that clicks, impressions and outcomes name. ``degraded``: only the baseline could be given.
    ``final`` is false for what weighs heavily: the person may ask a human to look (``/v1/users/{id}/contest``).
    ``side``: while a loop tries something new, which side answered; probabilities are those of that side.
    """

    event_id: str
    decision: str
    loop_id: str
    reward_action_id: str
    ranking: tuple[RankedAction, ...]
    slots: tuple[SlotAnswer, ...]
    probability: float
    layout: Choice | None
    mode: RankMode
    model_version: str
    policy: str
    policy_version: int
    random_seed: int
    floor: float
    degraded: bool
    ttl: int
    final: bool = True
    side: Side | None = None


def answer(ranked: Ranked) -> DecideAnswer:
    """A logged decision in the caller's words; made of nothing else, so that it never changes."""
    slots = tuple(_slot(ranked, at) for at in range(len(ranked.placed)))
    page = 1.0 if ranked.layout is None else ranked.layout.probability
    for slot in slots:
        page *= slot.probability
    return DecideAnswer(
        event_id=event_id(ranked),
        decision=ranked.id,
        loop_id=ranked.loop,
        reward_action_id=slots[0].reward_action_id,
        ranking=slots[0].ranking,
        slots=slots,
        probability=page,
        layout=ranked.layout,
        mode=ranked.mode,
        model_version=ranked.model,
        policy=ranked.policy,
        policy_version=ranked.version,
        random_seed=ranked.seed,
        floor=ranked.floor,
        degraded=ranked.degraded,
        ttl=ranked.ttl_s,
        final=not ranked.significant,
        side=ranked.side,
    )


def event_id(ranked: Ranked) -> str:
    """The caller's own id of a decision."""
    return _named.decode(ranked.asked).eventId if ranked.asked else ranked.id.split(":", 2)[-1]


class _Named(Struct):
    eventId: str = ""  # noqa: N815 - as in the request


_named = msgspec.json.Decoder(_Named)


def _slot(ranked: Ranked, at: int) -> SlotAnswer:
    placed = ranked.placed[at]
    chosen = (placed.chosen, placed.probabilities[ranked.offered.index(placed.chosen)])
    pairs = sorted(zip(ranked.offered, placed.probabilities, strict=True), key=itemgetter(1), reverse=True)
    pairs.remove(chosen)
    pairs.insert(0, chosen)
    return SlotAnswer(
        id=placed.slot,
        position=at,
        reward_action_id=placed.chosen,
        probability=chosen[1],
        ranking=tuple(starmap(RankedAction, pairs)),
        expected_reward=Expected(placed.expected, placed.low, placed.high),
        baseline_action=placed.baseline,
        out=placed.out,
        reasons=placed.why,
        moved=ranked.moved.get(placed.slot, {}),
    )


class RewardReport(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """``reward_id``: a reward of this id counts once. A larger ``revision`` replaces what was said of the metric."""

    event_id: Id
    value: Annotated[float, Meta(ge=-1, le=1)]
    loop_id: Name = "default"
    slot_id: OptionalId = ""
    metric: Name = "reward"
    reward_id: OptionalId = ""
    revision: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    reason: Annotated[str, Meta(max_length=256)] = ""
    occurred_at: Milliseconds = 0


class ActivateReport(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The decision was shown."""

    event_id: Id
    loop_id: Name = "default"


class ExposureReport(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A stretch of time in view, raw: ``visible_share`` of the slot for ``visible_ms``, from ``start``."""

    event_id: Id
    visible_ms: Annotated[int, Meta(ge=0, le=86_400_000)]
    loop_id: Name = "default"
    slot_id: OptionalId = ""
    visible_share: Annotated[float, Meta(ge=0, le=1)] = 1.0
    start: Milliseconds = 0


async def _decide(engine: Engine, request: Request) -> Response:
    return write(answer(await decided(engine, read(await request.body(), DecideRequest))))


async def decided(engine: Engine, wanted: DecideRequest) -> Ranked:
    """Choosing takes half a millisecond and stays in the loop; the disk, and rows not folded yet, are waited for."""
    behind = engine.log.last() - engine.state.as_of > FAR
    asked = await run_in_threadpool(engine.ask, wanted) if behind else engine.ask(wanted)
    if asked.done():
        return asked.result()
    loop = asyncio.get_running_loop()
    told: asyncio.Future[Ranked] = loop.create_future()
    asked.add_done_callback(partial(_tell, loop, told))
    return await told


def _tell(loop: asyncio.AbstractEventLoop, told: asyncio.Future[Ranked], asked: Future[Ranked]) -> None:
    """From the writer's thread to the loop's. A caller who went away takes nothing with them: others may wait too."""
    with contextlib.suppress(RuntimeError):  # the loop has ended
        loop.call_soon_threadsafe(_settle, told, asked)


def _settle(told: asyncio.Future[Ranked], asked: Future[Ranked]) -> None:
    if told.done():
        return
    if error := asked.exception():
        told.set_exception(error)
    else:
        told.set_result(asked.result())


async def _reward(engine: Engine, request: Request) -> Response:
    told = read(await request.body(), RewardReport)
    return write(
        await run_in_threadpool(
            engine.reward, told.event_id, told.value, loop=told.loop_id, slot=told.slot_id, metric=told.metric,
            reward_id=told.reward_id, revision=told.revision, why=told.reason, at=told.occurred_at,
        )
    )  # fmt: skip


async def _activate(engine: Engine, request: Request) -> Response:
    told = read(await request.body(), ActivateReport)
    return write(await run_in_threadpool(engine.activate, told.event_id, loop=told.loop_id))


async def _exposure(engine: Engine, request: Request) -> Response:
    told = read(await request.body(), ExposureReport)
    return write(
        await run_in_threadpool(
            engine.exposed, told.event_id, visible_ms=told.visible_ms, loop=told.loop_id, slot=told.slot_id,
            share=told.visible_share, at=told.start,
        )
    )  # fmt: skip


_STATUSES = (400, 401, 403, 408, 413, 415, 422, 429, 431, 503)


def _verb(
    name: str, summary: str, respond: Callable[[Engine, Request], Awaitable[Response]], takes: type, example: str
) -> Verb:
    gives = DecideAnswer if takes is DecideRequest else RewardTaken
    return Verb(path=f"/v1/{name}", method="POST", summary=summary, respond=respond, takes=takes, gives=gives,
                needs="secret", statuses=_STATUSES, example=example)  # fmt: skip


VERBS: tuple[Verb, ...] = (
    _verb("decide", "Ask which of your own actions to show; learns from the rewards.", _decide, DecideRequest,
          '{"eventId": "e-1", "contextFeatures": [{"device": "phone"}], "actions": [{"id": "tea", "features": '
          '[{"kind": "green"}]}, {"id": "rice"}]}'),
    _verb("decide/reward", "Tell what came of a decision: a value in [-1, 1].", _reward, RewardReport,
          '{"eventId": "e-1", "value": 1, "rewardId": "order-7"}'),
    _verb("decide/activate", "Tell that a decision was shown; its clock starts.", _activate, ActivateReport,
          '{"eventId": "e-1"}'),
    _verb("decide/exposure", "Tell how long a slot was in view.", _exposure, ExposureReport,
          '{"eventId": "e-1", "visibleMs": 1500, "visibleShare": 0.8}'),
)  # fmt: skip
