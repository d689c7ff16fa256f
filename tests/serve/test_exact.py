"""The short way to a route leads where the long one does."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from salience.serve.exact import Exact


def route(path: str, name: str, method: str = "GET") -> Route:
    async def answer(request: Request) -> PlainTextResponse:
        return PlainTextResponse(f"{name} {dict(request.path_params)} {request.scope['route'].path}")

    return Route(path, answer, methods=[method])


async def asked(app: Starlette, method: str, path: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
        return await client.request(method, path)


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "PUT"])
@pytest.mark.parametrize("path", ["/a", "/a/b", "/shadowed/x", "/c", "/c/", "/nowhere"])
def test_both_ways_answer_alike(path: str, method: str) -> None:
    routes = [route("/a", "one"), route("/a", "two", "POST"), route("/shadowed/{p}", "any"), route("/a/{x}", "three"),
              route("/shadowed/x", "never"), route("/c", "four")]  # fmt: skip
    plain, short = Starlette(routes=routes), Starlette(routes=routes)
    short.router.middleware_stack = exact = Exact(short.router)
    assert ("GET", "/a") in exact.known
    assert ("GET", "/shadowed/x") not in exact.known
    first, second = (asyncio.run(asked(app, method, path)) for app in (plain, short))
    assert (first.status_code, first.text, first.headers) == (second.status_code, second.text, second.headers)
