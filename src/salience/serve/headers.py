"""Middleware: the request's id and the security headers, on every answer, refusals and crashes included."""

from __future__ import annotations

import re
import secrets

from starlette.datastructures import Headers as Incoming
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

HSTS = (b"strict-transport-security", b"max-age=31536000")
_BY_NAME = {name.lower().encode(): value.encode() for name, value in SECURITY.items()}
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
                said = [pair for pair in message.get("headers", ()) if pair[0] != b"x-request-id"]
                names = {name for name, _ in said}
                said += [pair for pair in _BY_NAME.items() if pair[0] not in names]
                if scope["scheme"] == "https" and HSTS[0] not in names:
                    said.append(HSTS)
                said.append((b"x-request-id", request_id.encode()))
                message["headers"] = said
            await send(message)

        await self.app(scope, receive, with_headers)
