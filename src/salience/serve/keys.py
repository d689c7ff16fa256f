"""Middleware: who calls? A key in a header opens a route; a public key opens only the routes of browsers."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from urllib.parse import parse_qsl

from starlette.datastructures import Headers as Incoming
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from salience.serve.fault import HttpFault
from salience.serve.verb import Access

ACCESS = "salience.access"
WAY_OUT = "send `Authorization: Bearer KEY`; `salience keys` shows where the keys are"
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="salience"'}

Check = Callable[[str], Access | None]
"""Key -> what it may do, or None. Compares digests, so that its time tells nothing."""


class Keys:
    """Guards one route that needs at least ``needs``."""

    def __init__(self, app: ASGIApp, check: Check, needs: Access) -> None:
        self.app, self.check, self.needs = app, check, needs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a good key in and note what it may do; 401 without one, 403 if it may not do this."""
        scope[ACCESS] = self.access(scope)
        if self.needs == "secret" and scope[ACCESS] != "secret":
            raise HttpFault(403, "key", "", "the public write key may not do this", "use the secret key, on a server")
        await self.app(scope, receive, send)

    def access(self, scope: Scope) -> Access:
        """What the caller's key may do. A key in the address counts only if it is public: addresses get logged."""
        in_address = [value for name, value in parse_qsl(scope["query_string"].decode("latin-1")) if name == "key"]
        if any(self.check(key) == "secret" for key in in_address):
            raise HttpFault(401, "key", "", "a secret key must not stand in an address", WAY_OUT + "; rotate this one")
        offered = key_of(Incoming(scope=scope)) or (in_address[0] if in_address else "")
        if not offered:
            raise HttpFault(401, "key", "", "is missing", WAY_OUT, CHALLENGE)
        found = self.check(offered)
        if found is None:
            raise HttpFault(401, "key", "", "is not known here", WAY_OUT, CHALLENGE)
        return found


def key_of(headers: Incoming) -> str:
    """The key as Bearer token, as the user name of Basic authentication, or in X-Salience-Key; "" without one.

    >>> key_of(Incoming({"authorization": "Basic " + base64.b64encode(b"k1:").decode()}))
    'k1'
    """
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value.strip(), validate=True).decode("utf-8").partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return headers.get("x-salience-key", "").strip()


def is_public(request: Request) -> bool:
    """Whether the caller holds the public key only. A route without a guard counts as public."""
    return bool(request.scope.get(ACCESS) != "secret")
