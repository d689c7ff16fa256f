"""OpenFeature's remote evaluation (OFREP): flags for any OpenFeature SDK, answered by the experiments.

The `targetingKey` is the person: a known user with a secret key, an anonymous visitor with the public one (or where it
begins with `anon:`). `session` in the context is the session. Answers and errors have the words of the protocol, so
that the SDK's own provider understands them; https://openfeature.dev/docs/reference/other-technologies/ofrep has them.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from salience.collect.decode import strict
from salience.engine.assigning import Asking
from salience.engine.experimenting import Flag, NoUnit
from salience.events import ANONYMOUS, InvalidInput, NotFound
from salience.serve.keys import is_public
from salience.serve.verb import Verb
from salience.serve.wire import write

if TYPE_CHECKING:
    from salience.engine import Engine

TARGET = "targetingKey"
LONGEST = 256


class Evaluation(Struct, frozen=True):
    """The context of an evaluation: `targetingKey`, `session`, and whatever experiments are checked by."""

    context: dict[str, Any] = {}


class Flags(Struct, frozen=True):
    """All flags."""

    flags: tuple[Flag, ...]


class Failure(Struct, frozen=True, omit_defaults=True):
    """Why there is no answer, in the protocol's words."""

    errorCode: str  # noqa: N815 - the protocol's name
    errorDetails: str  # noqa: N815
    key: str = ""


class _Wrong(Exception):  # noqa: N818 - it never leaves this file
    def __init__(self, code: str, details: str, status: int = 400) -> None:
        super().__init__(details)
        self.code, self.details, self.status = code, details, status


async def _one(engine: Engine, request: Request) -> Response:
    key = str(request.path_params["key"])
    try:
        asking = _asking(await request.body(), public=is_public(request))
        return write(await run_in_threadpool(_flag, engine, key, asking))
    except _Wrong as wrong:
        return write(Failure(wrong.code, wrong.details, key), wrong.status)


async def _all(engine: Engine, request: Request) -> Response:
    try:
        asking = _asking(await request.body(), public=is_public(request))
        answer = Flags(await run_in_threadpool(engine.flags, asking))
    except _Wrong as wrong:
        return write(Failure(wrong.code, wrong.details), wrong.status)
    except NoUnit as fault:
        return write(Failure(_code(fault), str(fault)), 400)
    tag = f'"{hashlib.blake2b(msgspec.json.encode(answer), digest_size=12).hexdigest()}"'
    if tag in (one.strip() for one in request.headers.get("if-none-match", "").split(",")):
        return Response(status_code=304, headers={"ETag": tag})
    return write(answer, headers={"ETag": tag})


def _flag(engine: Engine, key: str, asking: Asking) -> Flag:
    try:
        return engine.flag(key, asking)
    except NotFound:
        raise _Wrong("FLAG_NOT_FOUND", f"no flag is called {key[:LONGEST]}", 404) from None
    except NoUnit as fault:
        raise _Wrong(_code(fault), str(fault)) from None


def _code(fault: NoUnit) -> str:
    return "TARGETING_KEY_MISSING" if fault.parameter == TARGET else "INVALID_CONTEXT"


def _asking(body: bytes, *, public: bool) -> Asking:
    """Who asks. `_Wrong` with the protocol's code where the body does not say it."""
    try:
        raw: Any = strict(body or b"{}")
    except InvalidInput as fault:
        raise _Wrong("PARSE_ERROR", str(fault)) from None
    context = raw.get("context", {}) if isinstance(raw, dict) else None
    if not isinstance(context, dict):
        raise _Wrong("INVALID_CONTEXT", "the body must be an object, and its context one, too")
    target, session = (context.get(name) or "" for name in (TARGET, "session"))
    if not (isinstance(target, str) and isinstance(session, str)) or max(len(target), len(session)) > LONGEST:
        raise _Wrong("INVALID_CONTEXT", f"targetingKey and session are texts of at most {LONGEST} characters")
    if target.startswith(ANONYMOUS):
        return Asking(anonymous=target.removeprefix(ANONYMOUS), session=session, context=context)
    if public:
        return Asking(anonymous=target, session=session, context=context)
    return Asking(user=target, session=session, context=context)


_STATUSES = (401, 403, 408, 413, 415, 429, 431, 503)

VERBS: tuple[Verb, ...] = (
    Verb(
        path="/ofrep/v1/evaluate/flags/{key}",
        method="POST",
        summary="One flag, for OpenFeature's SDKs: the arm of an experiment. The first answer is the exposure.",
        respond=_one,
        takes=Evaluation,
        gives=Flag,
        needs="write",
        statuses=_STATUSES,
        failures={400: Failure, 404: Failure},
        example='{"context": {"targetingKey": "v-1"}}',
    ),
    Verb(
        path="/ofrep/v1/evaluate/flags",
        method="POST",
        summary="All flags at once, with an ETag; each answer is an exposure.",
        respond=_all,
        takes=Evaluation,
        gives=Flags,
        needs="write",
        statuses=_STATUSES,
        failures={400: Failure},
        example='{"context": {"targetingKey": "v-1"}}',
    ),
)
