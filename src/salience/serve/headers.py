"""Middleware: the request's id and the security headers, on every answer, refusals and crashes included."""

from __future__ import annotations

import re
import secrets

from starlette.datastructures import Headers as Incoming
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUEST_ID = "salience.request_id"
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
SECURITY = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
    "Cache-Control": "no-store",
}
"""``no-store`` is the default because answers are personal; static files say otherwise themselves."""

HSTS = "max-age=31536000"
_SAFE_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class Headers:
    """Outermost: whatever happens inside, the answer leaves with these headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, adding headers to the first message of the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        offered = Incoming(scope=scope).get("x-request-id", "")
        request_id = offered if _SAFE_ID.fullmatch(offered) else secrets.token_hex(8)
        scope[REQUEST_ID] = request_id

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY.items():
                    headers.setdefault(name, value)
                if scope["scheme"] == "https":
                    headers.setdefault("Strict-Transport-Security", HSTS)
                headers["X-Request-Id"] = request_id
            await send(message)

        await self.app(scope, receive, with_headers)
