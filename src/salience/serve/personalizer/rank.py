"""rank, reward, activate; and the same for several slots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta, Struct
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from salience.events import DecideRequest, InvalidInput, Ranked
from salience.events.kinds import Id
from salience.events.loops import RankAction, RankSlot
from salience.serve.decide import RankedAction, answer, decided
from salience.serve.personalizer.call import Call, answered, converted, done, given

if TYPE_CHECKING:
    from salience.engine import Engine

MOST_ACTIONS = 50


class RankAnswer(Struct, frozen=True, rename="camel"):
    """Personalizer's fields."""

    event_id: str
    reward_action_id: str
    ranking: tuple[RankedAction, ...]


class SlotRank(Struct, frozen=True, rename="camel"):
    """Personalizer's ``id`` and ``rewardActionId``, and what it left out: the probability, given the slots above."""

    id: str
    reward_action_id: str
    probability: float


class PageAnswer(Struct, frozen=True, rename="camel"):
    """``probability`` is that of the page as a whole."""

    event_id: str
    slots: tuple[SlotRank, ...]
    probability: float


class SlotReward(Struct, frozen=True, rename="camel"):
    """A reward of one slot."""

    slot_id: Id
    value: Annotated[float, Meta(ge=-1, le=1)]


async def _rank(engine: Engine, request: Request) -> Response:
    raw = given(await request.body())
    ranked = await decided(engine, _asked(raw, slots=()))
    told = answer(ranked)
    return answered(RankAnswer(told.event_id, told.reward_action_id, told.ranking), 201)


async def _page(engine: Engine, request: Request) -> Response:
    raw = given(await request.body())
    slots = [_slot(one) for one in converted(raw.get("slots"), list[dict[str, Any]], "slots")]
    if not slots:
        raise InvalidInput("slots", 0, "must not be empty", "use /rank for one slot without a name")
    ranked: Ranked = await decided(engine, _asked(raw, slots=tuple(slots)))
    told = answer(ranked)
    return answered(
        PageAnswer(
            told.event_id,
            tuple(SlotRank(slot.id, slot.reward_action_id, slot.probability) for slot in told.slots),
            told.probability,
        ),
        201,
    )


def _asked(raw: dict[str, Any], *, slots: tuple[RankSlot, ...]) -> DecideRequest:
    """Fields that Personalizer does not know are left out, as it did."""
    actions = converted(raw.get("actions"), tuple[RankAction, ...], "actions")
    if not 1 <= len(actions) <= MOST_ACTIONS:
        raise InvalidInput("actions", len(actions), f"must be 1 to {MOST_ACTIONS}", "choose candidates first")
    return DecideRequest(
        actions=actions,
        event_id=converted(raw.get("eventId") or "", Annotated[str, Meta(max_length=256)], "eventId"),
        context_features=converted(raw.get("contextFeatures") or [], list[dict[str, Any]], "contextFeatures"),
        excluded_actions=converted(raw.get("excludedActions") or (), tuple[str, ...], "excludedActions"),
        defer_activation=converted(raw.get("deferActivation") or False, bool, "deferActivation"),
        slots=slots,
    )


def _slot(raw: dict[str, Any]) -> RankSlot:
    """The samples of the client write ``positionFeatures``, its description ``features``."""
    named = {"features": raw.get("features") or raw.get("positionFeatures") or []}
    kept = {name: raw[name] for name in ("id", "excludedActions", "baselineAction") if raw.get(name) is not None}
    slot: RankSlot = converted({**kept, **named}, RankSlot, "slots")
    return slot


async def _reward(engine: Engine, request: Request) -> Response:
    value = converted(given(await request.body()).get("value"), Annotated[float, Meta(ge=-1, le=1)], "value")
    await run_in_threadpool(engine.reward, request.path_params["event"], value)
    return done()


async def _page_reward(engine: Engine, request: Request) -> Response:
    told = converted(given(await request.body()).get("reward"), list[SlotReward], "reward")
    for one in told:
        await run_in_threadpool(engine.reward, request.path_params["event"], one.value, slot=one.slot_id)
    return done()


async def _activate(engine: Engine, request: Request) -> Response:
    await run_in_threadpool(engine.activate, request.path_params["event"])
    return done()


CALLS = (
    Call("POST", "/rank", _rank, body=True),
    Call("POST", "/events/{event}/reward", _reward, body=True),
    Call("POST", "/events/{event}/activate", _activate),
    Call("POST", "/multislot/rank", _page, body=True),
    Call("POST", "/multislot/events/{event}/reward", _page_reward, body=True),
    Call("POST", "/multislot/events/{event}/activate", _activate),
)
