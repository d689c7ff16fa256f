"""Middleware: a caller who sends more often than the workspace allows is told when to come back."""

from __future__ import annotations

from starlette.datastructures import Headers as Incoming
from starlette.types import ASGIApp, Receive, Scope, Send

from salience.serve.fault import HttpFault
from salience.serve.keys import TENANT, key_of, trusted


class Rated:
    """Guards one route with the workspace's `Rates`. Stands behind `Keys`: only keys that are known have a bucket."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or 429 with the seconds to wait."""
        headers, rates = Incoming(scope=scope), scope[TENANT].rates
        wait, whose = rates.keys.wait(key_of(headers) or scope["query_string"].decode("latin-1")), "key"
        if not wait and not trusted(scope) and rates.addresses.rate:
            peer = scope["client"][0] if scope.get("client") else ""
            wait, whose = (
                rates.addresses.wait(rates.caller(peer, headers.getlist("x-forwarded-for"))),
                "address",
            )
        if wait:
            way_out = f"send the same again after {wait} s; ids make that safe"
            raise HttpFault(429, whose, "", "sends more often than its limit", way_out, {"Retry-After": str(wait)})
        await self.app(scope, receive, send)
