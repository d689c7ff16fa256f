"""`/v1/users/{id}` and `/v1/me`: the rights of a person, asked for by an officer or by the person.

The same verbs twice: under a user's id with a key that has the right ``privacy``, and under ``me`` with the public key
and a proof of who asks (`proof`). Whether somebody is known here shows in neither status nor time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta, Struct
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from salience.collect.identity import LONGEST, fault, normal
from salience.events.kinds import Id, Name, Scalar
from salience.events.rights import AccessFile, Choices, StandingView, Tag
from salience.serve.fault import HttpFault
from salience.serve.keys import ACCESS
from salience.serve.proof import subject_of
from salience.serve.verb import Verb
from salience.serve.wire import JSON, read, write

if TYPE_CHECKING:
    from salience.engine import Engine


class Corrected(Struct, frozen=True, forbid_unknown_fields=True):
    """Traits as they should be; null forgets one."""

    traits: Annotated[dict[Name, Scalar], Meta(min_length=1, max_length=256)]


class TakenOff(Struct, frozen=True, forbid_unknown_fields=True):
    """A tag that the person does not want."""

    tag: Annotated[str, Meta(min_length=1, max_length=256)]


class Contested(Struct, frozen=True, forbid_unknown_fields=True):
    """A decision that the person contests, and why."""

    decision: Id
    reason: Annotated[str, Meta(min_length=1, max_length=4096)]


class Waiting(Struct, frozen=True):
    """A contested decision waits for a human."""

    review: str
    decision: str
    asked: int


class Tags(Struct, frozen=True):
    """What is said of a person."""

    tags: tuple[Tag, ...]


class Gone(Struct, frozen=True):
    """The receipt of an erasure: every place, and what was done there."""

    receipt: str
    at: int
    complete: bool
    places: tuple[Any, ...]


class Looked(Struct, frozen=True):
    """What a second look found of an erased person."""

    erased: bool
    clean: bool
    at: int
    receipt: str
    places: tuple[Any, ...]


class Along(Struct, frozen=True):
    """What a person gave and did."""

    events: tuple[Any, ...]


class Proof(Struct, frozen=True):
    """A token for one person, for a few minutes."""

    proof: str
    seconds: int


Answer = Callable[["Engine", str, Request, bytes, str], Response]
"""(engine, whom it is about, request, body, who asks) -> the answer. Runs in a thread."""


def _access(engine: Engine, subject: str, _request: Request, _body: bytes, actor: str) -> Response:
    with engine.answering("access", subject, verified=actor):
        return write(engine.access(subject, actor=actor))


def _erase(engine: Engine, subject: str, _request: Request, _body: bytes, actor: str) -> Response:
    with engine.answering("erasure", subject, verified=actor):
        done = engine.erase(subject, actor=actor)
    return write(Gone(done.id, done.at, done.complete, done.places))


def _correct(engine: Engine, subject: str, _request: Request, body: bytes, actor: str) -> Response:
    return write(Tags(engine.rectify(subject, read(body, Corrected).traits, actor=actor)))


def _take_along(engine: Engine, subject: str, _request: Request, _body: bytes, actor: str) -> Response:
    with engine.answering("portability", subject, verified=actor):
        told = engine.portable(subject, "json")
    return Response(told, 200, _attached("json"), JSON)


def _as_table(engine: Engine, subject: str, _request: Request, _body: bytes, actor: str) -> Response:
    with engine.answering("portability", subject, verified=actor):
        told = engine.portable(subject, "csv")
    return Response(told, 200, _attached("csv"), "text/csv; charset=utf-8")


def _attached(form: str) -> dict[str, str]:
    return {"Content-Disposition": f"attachment; filename=my-data.{form}"}


def _choices(engine: Engine, subject: str, _request: Request, _body: bytes, _actor: str) -> Response:
    return write(engine.standing(subject))


def _choose(engine: Engine, subject: str, _request: Request, body: bytes, actor: str) -> Response:
    return write(engine.choose(subject, read(body, Choices), actor=actor))


def _tags(engine: Engine, subject: str, _request: Request, _body: bytes, _actor: str) -> Response:
    return write(Tags(engine.tags(subject)))


def _take_off(engine: Engine, subject: str, _request: Request, body: bytes, actor: str) -> Response:
    return write(Tags(engine.remove_tag(subject, read(body, TakenOff).tag, actor=actor)))


def _contest(engine: Engine, subject: str, _request: Request, body: bytes, _actor: str) -> Response:
    said = read(body, Contested)
    review = engine.contest(said.decision, subject, said.reason)
    return write(Waiting(review.id, review.decision, review.asked))


def _verify(engine: Engine, subject: str, _request: Request, _body: bytes, _actor: str) -> Response:
    found = engine.verify_erased(subject)
    return write(Looked(found.erased, found.clean, found.at, found.receipt, found.places))


def _prove(engine: Engine, subject: str, _request: Request, _body: bytes, _actor: str) -> Response:
    token, seconds = engine.prove(subject)
    return write(Proof(token, seconds))


def _of_user(answer: Answer) -> Callable[[Engine, Request], Awaitable[Response]]:
    async def respond(engine: Engine, request: Request) -> Response:
        given = request.path_params["id"]
        subject = normal(given)
        if broken := fault(given if len(given) > LONGEST else subject):  # what `normal` cuts off counts, too
            raise HttpFault(422, "id", subject, broken)
        actor = f"{request.scope[ACCESS]} key"
        return await run_in_threadpool(answer, engine, subject, request, await request.body(), actor)

    return respond


def _of_me(answer: Answer) -> Callable[[Engine, Request], Awaitable[Response]]:
    async def respond(engine: Engine, request: Request) -> Response:
        subject = subject_of(engine, request)
        return await run_in_threadpool(answer, engine, subject, request, await request.body(), "the person")

    return respond


Row = tuple[str, Literal["GET", "POST", "PATCH", "DELETE"], str, Answer, Any, Any]
_BOTH: tuple[Row, ...] = (
    ("", "GET", "Everything that is kept or concluded about a person, in plain words.", _access, AccessFile, None),
    ("", "DELETE", "Erase a person everywhere; the receipt names every place.", _erase, Gone, None),
    ("", "PATCH", "Correct what is known of a person.", _correct, Tags, Corrected),
    (
        "/export",
        "GET",
        "What a person gave and did, to take along, as `POST /v1/collect` takes it.",
        _take_along,
        Along,
        None,
    ),
    ("/export.csv", "GET", "The same as a table, which `salience import events` reads.", _as_table, str, None),
    ("/choices", "GET", "What may be done with a person's data, and why.", _choices, StandingView, None),
    ("/choices", "POST", "Consent, withdraw, restrict, object, opt out, switch off.", _choose, StandingView, Choices),
    ("/tags", "GET", "What is said of a person, and by whom.", _tags, Tags, None),
    ("/tags/remove", "POST", "Take a tag off, for good.", _take_off, Tags, TakenOff),
    ("/contest", "POST", "Ask a human to look at a decision.", _contest, Waiting, Contested),
)
_STATUSES = (400, 401, 403, 404, 408, 413, 415, 422, 429, 431, 503)
_NAMES = {"": {"GET": "see", "DELETE": "erase", "PATCH": "correct"}, "/choices": {"GET": "choices", "POST": "choose"}}


def _called(of: str, path: str, method: str) -> str:
    return f"{of}_" + _NAMES.get(path, {}).get(method, path.strip("/").replace("/", "_").replace(".", "_"))


VERBS: tuple[Verb, ...] = (
    *(
        Verb(
            path=f"/v1/users/{{id}}{path}",
            method=method,
            summary=summary,
            respond=_of_user(answer),
            gives=gives,
            takes=takes,
            needs="privacy",
            media="application/json" if gives is not str else "text/csv",
            statuses=_STATUSES,
            called=_called("user", path, method),
        )
        for path, method, summary, answer, gives, takes in _BOTH
    ),
    Verb(
        path="/v1/users/{id}/erasure",
        method="GET",
        summary="Look again, in every byte, whether an erased person is gone.",
        respond=_of_user(_verify),
        gives=Looked,
        needs="privacy",
        statuses=_STATUSES,
        called="user_erasure",
    ),
    Verb(
        path="/v1/users/{id}/proof",
        method="POST",
        summary="A token with which that person's own page may use `/v1/me` for a few minutes.",
        respond=_of_user(_prove),
        gives=Proof,
        needs="secret",
        statuses=_STATUSES,
        called="user_proof",
    ),
    *(
        Verb(
            path=f"/v1/me{path}",
            method=method,
            summary=f"{summary} By the person, with a proof.",
            respond=_of_me(answer),
            gives=gives,
            takes=takes,
            needs="write",
            media="application/json" if gives is not str else "text/csv",
            statuses=_STATUSES,
            called=_called("me", path, method),
        )
        for path, method, summary, answer, gives, takes in _BOTH
    ),
)
"""Every right, for both who may ask."""
