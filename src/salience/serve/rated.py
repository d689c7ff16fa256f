"""Middleware: a caller who sends more often than the workspace allows is told when to come back."""

from __future__ import annotations

from starlette.datastructures import Headers as Incoming
from starlette.types import ASGIApp, Receive, Scope, Send

from salience.serve.fault import HttpFault
from salience.serve.keys import TENANT, key_of, trusted
from salience.serve.rates import network


class Rated:
    """Guards one route with the workspace's `Rates`. Stands behind `Keys`: only keys that are known have a bucket."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or 429 with the seconds to wait. The body of such a call is not read."""
        headers, rates = Incoming(scope=scope), scope[TENANT].rates
        wait, whose = rates.keys.wait(key_of(headers) or scope["query_string"].decode("latin-1")), "key"
        if not wait and not trusted(scope) and rates.addresses.rate:
            wait, whose = rates.addresses.wait(address_of(scope)), "address"
        if wait:
            await rates.hold_back()
            way_out = f"send the same again after {wait} s; ids make that safe"
            raise HttpFault(429, whose, "", "sends more often than its limit", way_out, {"Retry-After": str(wait)})
        await self.app(scope, receive, send)


def address_of(scope: Scope) -> str:
    """Where the call comes from: the connection's other end, or what a proxy that the workspace trusts says."""
    peer = scope["client"][0] if scope.get("client") else ""
    caller: str = scope[TENANT].rates.caller(peer, Incoming(scope=scope).getlist("x-forwarded-for"))
    return caller


def network_of(scope: Scope) -> str:
    """The network that a browser calls from. Of servers, who hold a secret key and speak for many, none."""
    return "" if trusted(scope) else network(address_of(scope))
