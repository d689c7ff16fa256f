"""Middleware: pages of any origin may use the public routes, without credentials; no other route names an origin."""

from __future__ import annotations

from collections.abc import Collection

from starlette.datastructures import Headers as Incoming
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

OPEN = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "X-Request-Id, Retry-After"}
PREFLIGHT = OPEN | {
    "Access-Control-Allow-Methods": "GET, POST, DELETE",
    "Access-Control-Allow-Headers": (
        "Authorization, Content-Type, Content-Encoding, X-Salience-Key, X-Salience-Proof, X-Request-Id"
    ),
    "Access-Control-Max-Age": "600",
}


class Cors:
    """``*`` and no credentials: a page can only use the key that it was given, never a visitor's cookies."""

    def __init__(self, app: ASGIApp, paths: Collection[str]) -> None:
        self.app, self.paths = app, frozenset(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer preflights of the public routes; let their answers be read."""
        if scope["type"] != "http" or scope["path"] not in self.paths or "origin" not in Incoming(scope=scope):
            await self.app(scope, receive, send)
            return
        if scope["method"] == "OPTIONS" and "access-control-request-method" in Incoming(scope=scope):
            await Response(status_code=204, headers=PREFLIGHT)(scope, receive, send)
            return

        async def opened(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(OPEN)
            await send(message)

        await self.app(scope, receive, opened)
