"""A host page of another origin than the tag's server, in a browser whose clock stands still until a test moves it."""

from __future__ import annotations

import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page, Request
from starlette.requests import Request as Asked
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from salience import Engine
from salience.events import AnyEvent

NOON = time.time_ns() // 1_000_000 - 3_600_000
"""When pages open: an hour ago, so that the server finds nothing wrong with their clocks."""

FRAMES = """() => new Promise(done => {
  const wait = left => new IntersectionObserver((_, observer) => {
    observer.disconnect();
    left ? wait(left - 1) : done();
  }).observe(document.documentElement);
  wait(2);
})"""
"""Resolves once the browser has told every observer twice what is in view. Uses no clock: that one stands still."""


@dataclass
class Hosts:
    """The pages of the shops, by path; each with the headers that a test gives it."""

    pages: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)

    def routes(self) -> list[BaseRoute]:
        """The pages, and a sound of three seconds for videos."""
        return [
            Route("/sound.wav", lambda _: Response(silence(3), media_type="audio/wav", headers=OPEN)),
            Route("/shop/{path:path}", self.page),
        ]

    async def page(self, asked: Asked) -> Response:
        """One page; every address below /shop is one, as in a single-page shop."""
        html, headers = self.pages.get(asked.url.path, self.pages.get("/shop/", ("", {})))
        kind = "text/javascript" if asked.url.path.endswith(".js") else "text/html"
        return HTMLResponse(html, headers=OPEN | headers, media_type=kind)


OPEN = {"Content-Security-Policy": "default-src * data: blob: 'unsafe-inline'", "Cache-Control": "no-store"}


def silence(seconds: int) -> bytes:
    """A WAV file: 8-bit mono at 8 kHz. A <video> plays it as well as pictures, and no encoder is needed."""
    data = b"\x80" * (8_000 * seconds)
    head = struct.pack("<4sI4s4sIHHIIHH", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 1, 1, 8_000, 8_000, 1, 8)
    return head + struct.pack("<4sI", b"data", len(data)) + data


@dataclass
class Visit:
    """One tab on one page, and what came of it on the server."""

    page: Page
    engine: Engine
    requests: list[Request]
    asked: int = 0

    def forward(self, ms: int) -> None:
        """Let time pass in the page, every timer in its turn."""
        self.page.clock.run_for(ms)

    def settle(self) -> None:
        """Let the browser lay out the page and tell the observers."""
        self.page.evaluate(FRAMES)

    def run(self, script: str) -> Any:
        """Run a script of the page's, then settle."""
        found = self.page.evaluate(script)
        self.settle()
        return found

    def consent(self) -> None:
        """The visitor agrees to statistics."""
        self.page.evaluate("salience.consent({analytics: true})")

    @property
    def sent(self) -> list[Request]:
        """What the tag sent so far."""
        return [request for request in self.requests if "/v1/" in request.url]

    def events(self, *kinds: str) -> list[Any]:
        """What the server has of this visitor once all that was said is on its disk."""
        visitor = self.page.evaluate("salience.id()")
        assert visitor, "ask after consent"
        self.asked += 1
        mark = f"the end {self.asked}"
        self.page.evaluate("name => salience.track(name)", mark)
        for turn in range(2_000):
            if turn % 50 == 0:
                self.forward(1_200)
            found = [event for _, event in self.engine.log.of_subject(f"anon:{visitor}")]
            if mark in [getattr(event, "name", "") for event in found]:  # an exposure may have come behind it
                return [event for event in chosen(found, kinds) if not getattr(event, "name", "").startswith("the end")]
            self.page.wait_for_timeout(5)  # the browser tells nobody when the answer to a keepalive fetch is in
        raise AssertionError("the events never came")


def chosen(events: Sequence[AnyEvent], kinds: Sequence[str]) -> list[Any]:
    """Events of these kinds; of all kinds if none is named."""
    return [event for event in events if not kinds or event.kind in kinds]
