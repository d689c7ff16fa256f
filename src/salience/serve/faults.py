"""Middleware: every fault becomes a `Fault` body with its status; a bug becomes a bare 500 and a line in the log."""

from __future__ import annotations

import logging
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from salience.collect.limits import Malformed, TooLarge
from salience.events import InvalidInput, NotFound
from salience.serve.fault import HttpFault, body_of
from salience.serve.headers import REQUEST_ID
from salience.serve.wire import write

log = logging.getLogger("salience.serve")

STATUS: tuple[tuple[type[InvalidInput], int], ...] = ((NotFound, 404), (Malformed, 400), (TooLarge, 413))
"""Kinds of the caller's fault that have a status of their own; a rule broken is 422."""

WAYS_OUT = {404: "the routes are listed at /docs", 405: "the Allow header names the methods"}


class Faults:
    """Catches what the routes raise. Nothing of a bug reaches the caller but the request's id."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; answer for whatever is raised before an answer has begun."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            if scope["type"] != "http" or started:
                raise
            await answer(error, scope[REQUEST_ID])(scope, receive, send)


def answer(error: Exception, request_id: str) -> Response:
    """The answer for an exception: the caller's faults keep their words, all others keep silent."""
    fault = _named(error)
    if fault.status >= HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(error, HttpFault):
        log.error("request %s failed", request_id, exc_info=error)
    body = body_of(fault.parameter, fault.value, fault.rule, fault.way_out, request_id, fault.status)
    return write(body, fault.status, fault.headers)


def _named(error: Exception) -> HttpFault:
    if isinstance(error, HttpFault):
        return error
    if isinstance(error, InvalidInput):
        status = next((status for kind, status in STATUS if isinstance(error, kind)), 422)
        return HttpFault(status, error.parameter, error.value, error.rule, error.way_out)
    if (seconds := getattr(error, "retry_after", None)) is not None:  # the store is full or away; nothing was accepted
        way_out = f"send the same again after {seconds} s; ids make that safe"
        return HttpFault(503, "server", "", "cannot take this now", way_out, {"Retry-After": str(seconds)})
    return HttpFault(500, "server", "", "failed; the fault is on this side", "tell the operator the request id")


async def for_starlette(request: Request, error: Exception) -> Response:
    """The router's own 404 and 405 in the same shape."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
    value = request.url.path if error.status_code == HTTPStatus.NOT_FOUND else request.method
    parameter = "path" if error.status_code == HTTPStatus.NOT_FOUND else "method"
    rule = HTTPStatus(error.status_code).phrase.lower()
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = _allowed(request)
    fault = HttpFault(error.status_code, parameter, value, rule, WAYS_OUT.get(error.status_code, ""), headers)
    return answer(fault, request.scope[REQUEST_ID])


def _allowed(request: Request) -> str:
    """Every method of a path. The router names those of its first route alone, and each verb is a route of its own."""
    here = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    return ", ".join(sorted({method for route in here for method in getattr(route, "methods", None) or ()}))
