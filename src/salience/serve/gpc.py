"""Global Privacy Control as it comes with a request."""

from __future__ import annotations

from starlette.requests import Request

from salience.collect import gpc
from salience.serve.keys import is_public


def opted_out(request: Request) -> bool:
    """Whether the visitor's browser opts out. What a server's own client sends says nothing of its visitors."""
    return is_public(request) and gpc.opted_out(request.headers.getlist(gpc.HEADER))
