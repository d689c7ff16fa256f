"""Middleware: who calls, and which workspace? A key in a header opens the routes that its role has a right to."""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import Sequence
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers as Incoming
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from salience.events.roles import MAY, Right, may
from salience.serve.fault import HttpFault
from salience.serve.tenant import Check, Tenant
from salience.serve.verb import Access

__all__ = ["ACCESS", "TENANT", "Check", "Keys", "is_public", "key_of", "trusted"]

log = logging.getLogger("salience.serve")

OWN = ("x-salience-key", "x-api-key", "ocp-apim-subscription-key")
"""Headers that hold nothing but the key: ours, OpenFeature's, and that of the clients of Azure AI Personalizer."""

ACCESS, TENANT = "salience.access", "salience.tenant"
WAY_OUT = "send `Authorization: Bearer KEY`; `salience keys` shows where the keys are"
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="salience"'}


class Keys:
    """Guards one route that needs the right ``needs`` in the workspace whose key is shown; ``route`` is its name."""

    def __init__(self, app: ASGIApp, tenants: Sequence[Tenant], needs: Right, route: str) -> None:
        self.app, self.tenants, self.needs, self.route = app, tenants, needs, route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a good key in and note its role and workspace; 401 without one, 403 if it may not do this."""
        role, tenant = "", self.tenants[0]
        try:
            role, tenant = self.caller(scope)
            self.permit(role, tenant, Incoming(scope=scope).get("origin", ""))
        except HttpFault as fault:
            if fault.status in (401, 403):
                await run_in_threadpool(tenant.engine.refused, fault.status, role, self.route)
            raise
        scope[ACCESS], scope[TENANT] = role, tenant
        await self.app(scope, receive, send)

    def permit(self, role: Access, tenant: Tenant, origin: str) -> None:
        """403 where the role has no right to this route, or the public key comes from a page of another origin."""
        if not may(role, self.needs):
            if role == "write":
                raise HttpFault(403, "key", "", "the public write key may not do this", "use a secret key, on a server")
            roles = ", ".join(name for name, rights in MAY.items() if self.needs in rights)
            raise HttpFault(403, "key", role, "this role may not do this", f"use a key of role {roles}")
        if role == "write" and origin and tenant.origins and origin not in tenant.origins:
            rule = "the write key of this workspace is not for pages of this origin"
            raise HttpFault(403, "origin", origin, rule, "add it to the setting `allowed_origins`")

    def caller(self, scope: Scope) -> tuple[Access, Tenant]:
        """The role and workspace of the caller's key. One in the address counts only if it is public: addresses get
        logged."""
        query = scope["query_string"].decode("latin-1")
        in_address = [value for name, value in parse_qsl(query) if name == "key"] if query else []
        if any(found and found[0] != "write" for found in map(self.find, in_address)):
            raise HttpFault(401, "key", "", "a secret key must not stand in an address", WAY_OUT + "; rotate this one")
        offered = key_of(Incoming(scope=scope)) or (in_address[0] if in_address else "")
        if not offered:
            raise HttpFault(401, "key", "", "is missing", WAY_OUT, CHALLENGE)
        found = self.find(offered)
        if found is None:
            raise HttpFault(401, "key", "", "is not known here", WAY_OUT, CHALLENGE)
        return found

    def find(self, key: str) -> tuple[Access, Tenant] | None:
        """Asks every workspace, so that the time does not tell which one knows the key. 503 if one cannot be asked."""
        try:
            roles = [(tenant.check(key), tenant) for tenant in self.tenants]
        except Exception as error:
            log.error("keys cannot be looked up: %s", error)  # noqa: TRY400 - one line a call, not a trace
            away = {"Retry-After": "5"}
            raise HttpFault(503, "server", "", "cannot look keys up now", "try again in 5 s", away) from error
        return next(((role, tenant) for role, tenant in roles if role is not None), None)


def key_of(headers: Incoming) -> str:
    """The key as Bearer token, as user name of Basic authentication, or in a header of its own; else "".

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
    return next((headers[name] for name in OWN if headers.get(name)), "").strip()


def trusted(scope: Scope) -> bool:
    """Whether the caller showed a secret key of some role. A route without a guard counts as public."""
    return bool(scope.get(ACCESS, "write") != "write")


def is_public(request: Request) -> bool:
    """Whether the caller holds the public key only."""
    return not trusted(request.scope)
