"""Pages for operators: sign in, and the privacy desk. Plain forms, no script; they call engine methods only.

``/console`` exists where `salience serve` mounts it. Every page says ``no-store``; every form carries a token, and a
browser that says the form stood elsewhere is refused.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from salience.console import desk, elsewhere
from salience.console.forms import FORM, SESSION, drop_cookie, form_of, own, same, sealed, set_cookie, spoken
from salience.console.sheet import page
from salience.console.spoken import Language, say
from salience.engine.signing_in import Session, TooMany
from salience.events import InvalidInput

if TYPE_CHECKING:
    from salience.engine import Engine

STYLE = Path(__file__).parent / "static" / "staff.css"
Caller = Callable[[Request], str]
"""Where a request comes from, as far as it can be believed."""
Shown = Callable[["Engine", Session, Language, Request, dict[str, str]], Response]


def routes(engine: Engine, caller: Caller) -> list[BaseRoute]:
    """The console of one workspace."""
    secret = secrets.token_bytes(32)  # of forms before a sign-in: they end with the process

    shown = partial(_sign_in_page, secret=secret, provider=engine.provider.shown if engine.provider else "")

    async def ask(request: Request) -> Response:
        return shown(request)

    async def enter(request: Request) -> Response:
        given = await form_of(request)
        if not own(request) or not same(given.get("form", ""), sealed(secret, request.cookies.get(FORM, "-"))):
            return shown(request, "stale", status=403)
        sign_in = partial(engine.sign_in, given.get("name", ""), given.get("password", ""), network=caller(request))
        try:
            token = await run_in_threadpool(sign_in)
        except TooMany as fault:
            return shown(request, "too many", fault.wait, status=429, wait=fault.wait)
        except InvalidInput:
            return shown(request, "wrong", status=401)
        await run_in_threadpool(engine.sign_out, request.cookies.get(SESSION, ""))
        answer = RedirectResponse("/console", 303)
        set_cookie(answer, SESSION, token)
        drop_cookie(answer, FORM)
        return answer

    async def leave(request: Request) -> Response:
        session, given = _session(engine, request), await form_of(request)
        if session is not None and own(request) and same(given.get("form", ""), session.form):
            await run_in_threadpool(engine.sign_out, request.cookies.get(SESSION, ""))
            answer = await run_in_threadpool(elsewhere.signed_out, engine, session, spoken(request))
        else:
            answer = RedirectResponse("/console/sign-in", 303)
        drop_cookie(answer, SESSION)
        return answer

    async def style(_: Request) -> Response:
        return Response(
            STYLE.read_text(encoding="utf-8"), media_type="text/css", headers={"Cache-Control": "max-age=3600"}
        )

    inside = partial(_guarded, engine)
    return [
        Route("/console/sign-in", ask, methods=["GET"]),
        Route("/console/sign-in", enter, methods=["POST"]),
        Route("/console/sign-out", leave, methods=["POST"]),
        *elsewhere.routes(engine, caller, shown),
        Route("/console/style.css", style, methods=["GET"]),
        Route("/console", inside(desk.home), methods=["GET"]),
        Route("/console/audit", inside(desk.audit), methods=["GET"]),
        Route("/console/papers/{name}", inside(desk.paper), methods=["GET"]),
        Route("/console/person", inside(desk.person), methods=["POST"]),
        Route("/console/review", inside(desk.review), methods=["POST"]),
    ]


def _guarded(engine: Engine, show: Shown) -> Callable[[Request], Awaitable[Response]]:
    """A page for who is signed in and has the right ``privacy``; a form needs the session's token as well."""

    async def answered(request: Request) -> Response:
        session, language = _session(engine, request), spoken(request)
        if session is None:
            return RedirectResponse("/console/sign-in", 303)
        if not session.may("privacy"):
            return page("home", say("not yours", language, session.role), language, session, status=403)
        given = await form_of(request) if request.method == "POST" else {}
        if request.method == "POST" and not (own(request) and same(given.get("form", ""), session.form)):
            return page("home", say("stale", language), language, session, status=403)
        return await run_in_threadpool(show, engine, session, language, request, given)

    return answered


def _session(engine: Engine, request: Request) -> Session | None:
    token = request.cookies.get(SESSION, "")
    return engine.session(token) if token else None


def _sign_in_page(
    request: Request,
    word: str = "",
    *more: object,
    secret: bytes,
    provider: str,
    status: int = 200,
    wait: int = 0,
) -> Response:
    language = spoken(request)
    browser = request.cookies.get(FORM) or secrets.token_urlsafe(16)
    answer = page("sign in", desk.sign_in(sealed(secret, browser), language, provider), language, None, status=status,
                  fault=say(word, language, *more) if word else "")  # fmt: skip
    set_cookie(answer, FORM, browser)
    if wait:
        answer.headers["Retry-After"] = str(wait)
    return answer
