"""Sign in at an OpenID Connect provider, and out of it again: the way there, the way back, and their pages.

The way back answers with a page that goes on by itself instead of a redirect: the browser came from another site, so on
a redirect it would leave the session's cookie (`SameSite=Strict`) behind. It goes on to ``/console`` and nowhere else.
"""

from __future__ import annotations

from functools import partial
from html import escape
from typing import TYPE_CHECKING, Protocol

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from salience.console.forms import FORM, SESSION, TICKET, drop_cookie, own, set_cookie, set_ticket, spoken
from salience.console.sheet import page
from salience.console.spoken import Language, say
from salience.engine.signing_in import Session, TooMany
from salience.engine.vouching import TICKET_MS
from salience.events.provider import Unvouched

if TYPE_CHECKING:
    from collections.abc import Callable

    from salience.engine import Engine

STATUS = {"stale": 403, "refused": 401, "no role": 403, "down": 503}
MOST = 8_192
"""Letters of an answer of the provider: it stands in an address."""


class SignInPage(Protocol):
    """How the page to sign in on is asked for."""

    def __call__(self, request: Request, word: str = "", *more: object, status: int = 200, wait: int = 0) -> Response:
        """That page, saying what is wrong."""
        ...


def routes(engine: Engine, caller: Callable[[Request], str], ask: SignInPage) -> list[BaseRoute]:
    """None where no provider is set. `InvalidInput` where one is and the extra is not installed."""
    about = engine.provider
    if about is None:
        return []
    _ = engine.vouching  # at the start, not at the first person's sign-in

    async def go(request: Request) -> Response:
        if not own(request):  # another site may not begin it
            return ask(request, "stale", status=403)
        try:
            there, ticket = await run_in_threadpool(partial(engine.go_elsewhere, network=caller(request)))
        except TooMany as fault:
            return ask(request, "too many", fault.wait, status=429, wait=fault.wait)
        except Unvouched as fault:
            return ask(request, f"provider {fault.word}", about.shown, status=STATUS[fault.word])
        answer = RedirectResponse(there, 303)
        set_ticket(answer, ticket, seconds=TICKET_MS // 1000)
        return answer

    async def back(request: Request) -> Response:
        language, ticket = spoken(request), request.cookies.get(TICKET, "")
        try:
            work = partial(engine.come_back, ticket, _given(request), network=caller(request))
            token = await run_in_threadpool(work)
        except TooMany as fault:
            answer = ask(request, "too many", fault.wait, status=429, wait=fault.wait)
        except Unvouched as fault:
            answer = ask(request, f"provider {fault.word}", about.shown, status=STATUS[fault.word])
        else:
            answer = _onward("going on", "/console", say("go on", language), language)
            set_cookie(answer, SESSION, token)
            drop_cookie(answer, FORM)
        drop_cookie(answer, TICKET)
        answer.headers["Referrer-Policy"] = "no-referrer"  # the code stands in this page's address
        return answer

    return [
        Route("/console/provider", go, methods=["GET"]),
        Route("/console/provider/back", back, methods=["GET"]),
    ]


def signed_out(engine: Engine, session: Session, language: Language) -> Response:
    """Where somebody goes whose session has just ended: to the provider, if that vouched for them."""
    there = engine.way_out(session)
    if not there or engine.provider is None:
        return RedirectResponse("/console/sign-in", 303)
    return _onward("signed out", there, say("sign out there", language, engine.provider.shown), language)


def _onward(title: str, where: str, said: str, language: Language) -> Response:
    body = f'<p><a href="{escape(where)}">{escape(said)}</a></p>'
    return page(title, body, language, None, onward=where)


def _given(request: Request) -> dict[str, str]:
    """What the provider says in the address, each name once; too much of it is nothing."""
    if len(request.url.query) > MOST:
        return {}
    pairs = request.query_params.multi_items()
    names = [name for name, _ in pairs]
    return {name: value for name, value in pairs if names.count(name) == 1}
