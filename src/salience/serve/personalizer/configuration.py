"""The service's configuration and its learning settings, in Personalizer's words.

Learning settings were a line for Vowpal Wabbit. It is kept and given back as written; of it, the way of exploring is
understood: ``--epsilon``, ``--softmax``, ``--bag``, ``--cover``, ``--regcb``, ``--squarecb``. A line that begins with
``--salience`` names one of our policies.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msgspec import structs
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from salience.events import InvalidInput, LoopSettings
from salience.events.answers import LoopView
from salience.serve.personalizer.call import LOOP, Call, answered, converted, duration, given, milliseconds, moment

if TYPE_CHECKING:
    from salience.engine import Engine

MODES = {"online": "Online", "apprentice": "Apprentice", "loggingOnly": "LoggingOnly"}
DEFAULT_LINE = "--cb_explore_adf --epsilon 0.2 --power_t 0 -l 0.001 --cb_type mtr -q ::"
EXPLORE = (
    ("--squarecb", "squarecb"), ("--regcb", "regcb"), ("--softmax", "softmax"), ("--bag", "bootstrap"),
    ("--cover", "bootstrap"),
)  # fmt: skip
WAIT = (5_000, 172_800_000)


async def _service(engine: Engine, _: Request) -> Response:
    return answered(_told(await run_in_threadpool(engine.loop, LOOP)))


async def _change_service(engine: Engine, request: Request) -> Response:
    raw = given(await request.body())
    view = await run_in_threadpool(engine.loop, LOOP)
    changed = _settings(view.settings, raw)
    view = await run_in_threadpool(engine.steer, LOOP, changed, by="personalizer", why="service configuration")
    return answered(_told(view))


async def _policy(engine: Engine, _: Request) -> Response:
    return answered(_line(await run_in_threadpool(engine.loop, LOOP)))


async def _change_policy(engine: Engine, request: Request) -> Response:
    raw = given(await request.body())
    arguments = converted(raw.get("arguments"), str, "arguments")
    view = await run_in_threadpool(engine.loop, LOOP)
    return answered(_line(await _with_line(engine, view, str(raw.get("name") or ""), arguments)))


async def _reset_policy(engine: Engine, _: Request) -> Response:
    view = await run_in_threadpool(engine.loop, LOOP)
    return answered(_line(await _with_line(engine, view, "app1", DEFAULT_LINE)))


async def _with_line(engine: Engine, view: LoopView, name: str, line: str) -> LoopView:
    settings = structs.replace(view.settings, policy=policy_in(line), label=name, arguments=line)
    return await run_in_threadpool(engine.steer, LOOP, settings, by="personalizer", why="learning settings")


def policy_in(line: str) -> str:
    """The name of our policy that explores as a line of learning settings says.

    >>> policy_in(DEFAULT_LINE), policy_in("--cb_explore_adf --bag 5"), policy_in("--salience linucb")
    ('thompson-logistic', 'bootstrap', 'linucb')
    """
    if own := re.match(r"\s*--salience[ =](\S+)", line):
        return own[1]
    return next((policy for flag, policy in EXPLORE if flag in line), "thompson-logistic")


def _line(view: LoopView) -> dict[str, str]:
    settings = view.settings
    return {"name": settings.label or settings.policy, "arguments": settings.arguments or DEFAULT_LINE}


def _settings(before: LoopSettings, raw: dict[str, Any]) -> LoopSettings:
    """What the caller names, over what there was."""
    changed: dict[str, Any] = {}
    for name, field in (
        ("defaultReward", "default_reward"), ("rewardAggregation", "aggregation"), ("modelRetrainDays", "retrain_days"),
        ("logRetentionDays", "retention_days"), ("explorationPercentage", "explore"),
    ):  # fmt: skip
        if raw.get(name) is not None:
            changed[field] = raw[name]
    if raw.get("rewardWaitTime") is not None:
        wait = milliseconds(str(raw["rewardWaitTime"]), "rewardWaitTime")
        if not WAIT[0] <= wait <= WAIT[1]:
            raise InvalidInput("rewardWaitTime", raw["rewardWaitTime"], "must be between PT5S and P2D", "e.g. PT10M")
        changed["wait_ms"] = wait
    if raw.get("modelExportFrequency") is not None:
        changed["export_ms"] = max(milliseconds(str(raw["modelExportFrequency"]), "modelExportFrequency"), 1000)
    if raw.get("learningMode") is not None:
        names = {told.casefold(): mode for mode, told in MODES.items()}
        mode = names.get(str(raw["learningMode"]).casefold())
        if mode is None:
            raise InvalidInput("learningMode", raw["learningMode"], "is no mode", "one of " + ", ".join(MODES.values()))
        changed["mode"] = mode
    made: LoopSettings = converted({**structs.asdict(before), **changed}, LoopSettings, "configuration")
    return made


def _told(view: LoopView) -> dict[str, Any]:
    settings = view.settings
    told: dict[str, Any] = {
        "rewardWaitTime": duration(settings.wait_ms),
        "defaultReward": settings.default_reward,
        "rewardAggregation": settings.aggregation,
        "explorationPercentage": settings.explore,
        "modelExportFrequency": duration(settings.export_ms),
        "modelRetrainDays": settings.retrain_days,
        "logRetentionDays": settings.retention_days,
        "learningMode": MODES[settings.mode],
        "logMirrorEnabled": False,
        "isAutoOptimizationEnabled": False,
        "lastConfigurationEditDate": moment(view.steered),
    }
    if settings.mode == "apprentice":
        told["latestApprenticeModeMetrics"] = {
            "startTime": moment(view.steered),
            "lastProcessedEventTime": moment(view.last),
            "numberOfEvents": view.modes.get("apprentice", 0),
            "numberOfImitatedEvents": view.agreed,
            "sumOfRewards": view.earned,
            "sumOfImitatedRewards": view.earned_agreed,
        }
    return told


CALLS = (
    Call("GET", "/configurations/service", _service, "view"),
    Call("PUT", "/configurations/service", _change_service, "market", body=True),
    Call("GET", "/configurations/policy", _policy, "view"),
    Call("PUT", "/configurations/policy", _change_policy, "market", body=True),
    Call("DELETE", "/configurations/policy", _reset_policy, "market"),
)
