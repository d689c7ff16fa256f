"""Offline evaluations and feature importances: ordered under an id, answered from the log as it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from salience.events import InvalidInput, NotFound
from salience.serve.personalizer.call import LOOP, Call, answered, converted, done, given, moment, when
from salience.serve.personalizer.configuration import policy_in

if TYPE_CHECKING:
    from salience.engine import Engine
    from salience.feedback.judged import LoopReport

INTERVALS = (5, 60, 360, 720, 1440)
SOURCES = {"baseline": "Baseline", "random": "Random", "candidate": "Online"}
EVALUATION, IMPORTANCE = "evaluation", "importance"


async def _create(engine: Engine, request: Request, kind: str) -> Response:
    raw, name = given(await request.body()), request.path_params["id"]
    start, end = when(str(raw.get("startTime")), "startTime"), when(str(raw.get("endTime")), "endTime", end=True)
    if start >= end:
        raise InvalidInput("endTime", raw.get("endTime"), "must be after startTime", "name a later time")
    policies = [(str(one.get("name")), str(one.get("arguments"))) for one in raw.get("policies") or ()]
    job = {
        "kind": kind, "id": name, "name": converted(raw.get("name"), str, "name"), "start": start, "end": end,
        "made": engine.now(), "optimise": bool(raw.get("enableOfflineExperimentation")
                                               or raw.get("enablePolicyOptimization")),
        "policies": policies,
    }  # fmt: skip
    await run_in_threadpool(engine.order, LOOP, job, by="personalizer")
    return answered(_head(job))


async def _delete(engine: Engine, request: Request, kind: str) -> Response:
    job = await _job(engine, request, kind)
    await run_in_threadpool(engine.order, LOOP, {**job, "deleted": True}, by="personalizer")
    return done()


async def _list(engine: Engine, request: Request, kind: str) -> Response:
    jobs = list((await run_in_threadpool(engine.jobs, LOOP, kind)).values())
    skip, top = (request.query_params.get(name, "") for name in ("skip", "top"))
    start = int(skip) if skip.isdigit() else 0
    return answered({"value": [_head(job) for job in jobs[start : start + int(top) if top.isdigit() else None]]})


async def _evaluation(engine: Engine, request: Request) -> Response:
    job = await _job(engine, request, EVALUATION)
    asked = request.query_params
    minutes = int(asked.get("intervalInMinutes") or 5)
    if minutes not in INTERVALS:
        raise InvalidInput("intervalInMinutes", minutes, f"must be one of {INTERVALS}", "5 if it is left out")
    start = max(job["start"], when(asked["startTime"], "startTime")) if "startTime" in asked else job["start"]
    end = min(job["end"], when(asked["endTime"], "endTime", end=True)) if "endTime" in asked else job["end"]
    own = {name: policy_in(line) for name, line in job["policies"]}
    if job["optimise"]:
        own |= {f"Salience {name}": name for name in ("thompson-logistic", "epsilon-greedy", "squarecb")}
    told = await run_in_threadpool(
        engine.report, LOOP, start=start, end=end, policies=tuple(sorted(set(own.values()))), bucket_ms=minutes * 60_000
    )
    value = [one for slot in told.slots for one in _policies(told, slot, own)]
    best = max(value, key=lambda one: float(one["summary"]["confidenceInterval"][0]), default=None)
    head = _head(job)
    return answered({
        **head, "content": {"startTime": moment(start), "endTime": moment(end), "intervalInMinutes": minutes,
                            "value": value},
        "optimalPolicy": best["name"] if best else None, "description": _verdict(told),
    })  # fmt: skip


def _policies(told: LoopReport, slot: str, own: dict[str, str]) -> list[dict[str, Any]]:
    """One slot's policies as Personalizer writes them, with what it left out: verdict, support, estimates."""
    found = []
    for one in told.slots[slot].policies:
        for name in [mine for mine, policy in own.items() if policy == one.policy] or [SOURCES.get(one.policy, "")]:
            source = SOURCES.get(one.policy, "OfflineExperimentation" if name.startswith("Salience ") else "Custom")
            series = [
                {"timeStamp": moment(at.time), "expectedReward": at.value, "confidenceInterval": [at.low, at.high]}
                for at in told.series.get(slot, {}).get(one.policy, ())
            ]
            found.append({
                "name": name, "arguments": one.policy, "policySource": source, "slotId": slot,
                "summary": {"expectedReward": one.value, "confidenceInterval": [one.low, one.high]},
                "timeseries": {"data": series}, "verdict": one.verdict, "estimator": one.chosen,
                "effectiveDecisions": one.support.effective, "meanWeight": one.support.mean_weight,
                "withoutSupport": one.support.without_support, "estimates": one.estimates,
            })  # fmt: skip
    return found


def _verdict(told: LoopReport) -> str:
    if not told.slots:
        return f"not enough data: {told.judged} decisions can be judged"
    return "; ".join(f"{one.policy} {one.verdict}" for found in told.slots.values() for one in found.policies)


async def _importance(engine: Engine, request: Request) -> Response:
    job = await _job(engine, request, IMPORTANCE)
    scores = await run_in_threadpool(engine.importances, LOOP)
    told = [
        {"namespace": name.partition(".")[0] if "." in name else "", "featureName": name, "score": score}
        for name, score in scores
    ]
    return answered({**_head(job), "featureScores": told, "description": "size of the weights, the largest is 100"})


async def _apply(engine: Engine, request: Request) -> Response:
    raw = given(await request.body())
    jobs = await run_in_threadpool(engine.jobs, LOOP, EVALUATION)
    job: Any = jobs.get(str(raw.get("evaluationId")))
    if job is None:
        raise NotFound("evaluationId", raw.get("evaluationId"), "was never ordered", "GET /evaluations lists them")
    name = str(raw.get("policyName"))
    own = dict(job["policies"])
    ours = name.removeprefix("Salience ")
    line = own.get(name, f"--salience {ours}")
    from msgspec import structs

    view = await run_in_threadpool(engine.loop, LOOP)
    settings = structs.replace(view.settings, policy=policy_in(line), label=name, arguments=line)
    await run_in_threadpool(engine.steer, LOOP, settings, by="personalizer", why=f"evaluation {job['id']}")
    return done()


async def _job(engine: Engine, request: Request, kind: str) -> dict[str, Any]:
    jobs = await run_in_threadpool(engine.jobs, LOOP, kind)
    job: dict[str, Any] | None = jobs.get(request.path_params["id"])
    if job is None:
        raise NotFound("id", request.path_params["id"], f"is no {kind}", "PUT it first")
    return job


def _head(job: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": job["id"], "name": job["name"], "startTime": moment(job["start"]), "endTime": moment(job["end"]),
        "creationTime": moment(job["made"]), "status": "Succeeded", "evaluationType": "Manual",
    }  # fmt: skip


def _calls(path: str, kind: str, read: Any) -> tuple[Call, ...]:
    async def create(engine: Engine, request: Request) -> Response:
        return await _create(engine, request, kind)

    async def delete(engine: Engine, request: Request) -> Response:
        return await _delete(engine, request, kind)

    async def every(engine: Engine, request: Request) -> Response:
        return await _list(engine, request, kind)

    return (
        Call("GET", path, every, "analyse"),
        Call("PUT", path + "/{id}", create, "analyse", body=True),
        Call("GET", path + "/{id}", read, "analyse"),
        Call("DELETE", path + "/{id}", delete, "analyse"),
    )


CALLS = (
    *_calls("/evaluations", EVALUATION, _evaluation),
    *_calls("/featureImportances", IMPORTANCE, _importance),
    Call("POST", "/configurations/applyFromEvaluation", _apply, "market", body=True),
)
