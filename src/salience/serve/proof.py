"""The proof that a visitor is the person they ask about: a short-lived token that the shop's server gave them.

A shop knows who is signed in. Its server asks for a token with its secret key (`POST /v1/users/{id}/proof`) and hands
it to that person's page, which shows it in ``X-Salience-Proof`` to use the rights under ``/v1/me``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request

from salience.serve.fault import HttpFault

if TYPE_CHECKING:
    from salience.engine import Engine

HEADER = "x-salience-proof"
WAY_OUT = "a server with the secret key gets one: POST /v1/users/{id}/proof"


def subject_of(engine: Engine, request: Request) -> str:
    """Whose proof this is; 401, with the same words for everybody, without a valid one. Nothing is looked up for it."""
    subject = engine.proven(request.headers.get(HEADER, ""))
    if not subject:
        raise HttpFault(401, HEADER, "", "is missing or no longer valid", WAY_OUT)
    return subject
