"""A real engine behind a real uvicorn on a free port, and a client that knows the two keys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from salience import Engine
from salience.serve.app import app
from salience.serve.load import Limits
from salience.serve.run import background
from salience.serve.verb import Access

WRITE, SECRET = "wk_test", "sk_test"
KEYS: dict[str, Access] = {WRITE: "write", SECRET: "secret"}


@dataclass(frozen=True)
class Site:
    """What a test talks to."""

    engine: Engine
    client: httpx.Client

    def post(self, path: str, body: Any, key: str = WRITE, **headers: str) -> httpx.Response:
        """POST an object as JSON, or bytes as they are."""
        given = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", **headers}
        if isinstance(body, bytes):
            return self.client.post(path, content=body, headers=given)
        return self.client.post(path, json=body, headers=given)

    def fault(self, answer: httpx.Response, status: int) -> dict[str, str]:
        """The error of a refusal, which must have this status and the one shape of all refusals."""
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/json; charset=utf-8"
        error: dict[str, str] = answer.json()["error"]
        assert set(error) == {"parameter", "value", "rule", "way_out", "message", "request_id"}
        assert error["request_id"] == answer.headers["x-request-id"]
        assert "Traceback" not in answer.text
        return error

    def click(self, id: str, anonymous: str = "v-1", item: str = "green") -> httpx.Response:
        """One good event."""
        event = {"kind": "click", "id": id, "anonymous": anonymous, "item": item}
        return self.post("/v1/collect", {"events": [event]})


def shop() -> list[dict[str, Any]]:
    """Teas and coffees; eight people who each like one of the two kinds."""
    kinds = {"tea": ["green", "black", "white", "mint"], "coffee": ["espresso", "filter", "latte", "cold brew"]}
    events: list[dict[str, Any]] = [
        {"kind": "item", "id": f"i-{item}", "item": item, "title": item.title(), "categories": [kind]}
        for kind, items in kinds.items()
        for item in items
    ]
    for number in range(8):
        for place, item in enumerate(kinds["tea" if number % 2 else "coffee"]):
            if (number // 2) != place:  # everybody leaves one out, so that there is something to recommend
                events.append({"kind": "purchase", "id": f"p-{number}-{item}", "user": f"u-{number}", "item": item})
    return events


@contextmanager
def open_site(limits: Limits | None = None) -> Iterator[Site]:
    """The shop, served."""
    with Engine.in_memory() as engine:
        engine.collect(shop(), source="test")
        with (
            background(app(engine, KEYS.get, limits=limits)) as address,
            httpx.Client(base_url=address, timeout=20) as client,
        ):
            yield Site(engine, client)
