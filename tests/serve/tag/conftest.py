"""One server and one browser for all tests of the tag; a fresh, watched tab for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, sync_playwright

from salience import Engine
from salience.serve.app import app
from salience.serve.run import background
from salience.serve.verb import Access
from tests.console.shop import ARGUMENTS, chromium
from tests.serve.tag.host import NOON, Hosts, Visit

KEY = "wk_tag"
HEAD = "<!doctype html><title>Shop</title><link rel=icon href=data:,>"
KEYS: dict[str, Access] = {KEY: "write"}

Open = Callable[..., Visit]


def _is_fault(said: ConsoleMessage) -> bool:
    """Errors in the console, but not the browser's own line about an answer of 400 or more."""
    return said.type == "error" and not said.text.startswith("Failed to load resource")


@dataclass(frozen=True)
class Rig:
    """What all tests share. ``shop`` is the page's origin, ``server`` the tag's: two names of one machine."""

    engine: Engine
    hosts: Hosts
    browser: Browser
    server: str
    shop: str


@pytest.fixture(scope="package")
def rig() -> Iterator[Rig]:
    hosts = Hosts()
    with (
        Engine.in_memory() as engine,
        background(app(engine, KEYS.get, pages=hosts.routes())) as address,
        sync_playwright() as playwright,
    ):
        arguments = [*ARGUMENTS, "--autoplay-policy=no-user-gesture-required", "--mute-audio"]
        browser = playwright.chromium.launch(executable_path=chromium(), args=arguments)
        yield Rig(engine, hosts, browser, address, address.replace("127.0.0.1", "localhost"))
        browser.close()


@pytest.fixture
def visit(rig: Rig) -> Iterator[Open]:
    """Open a page with the tag and this body. At the end the host page must not have seen a single error."""
    faults: list[str] = []
    with ExitStack() as tabs:

        def visited(
            body: str = "",
            *,
            attributes: str = "",
            head: str = "",
            headers: dict[str, str] | None = None,
            path: str = "",
            init: str = "",
            consent: bool = True,
            still: bool = True,
            settle: bool = True,
        ) -> Visit:
            script = f'<script src="{rig.server}/salience.js" data-key="{KEY}" {attributes}></script>'
            html = f"{HEAD}{head}<body style='margin:0'>{body}{script}"
            rig.hosts.pages["/shop/"] = (html, headers or {})
            context = rig.browser.new_context(viewport={"width": 800, "height": 600})
            tabs.callback(context.close)
            page = context.new_page()
            page.set_default_timeout(5_000)
            requests: list[Any] = []
            page.on("request", lambda request: requests.append(request))  # noqa: PLW0108 - it marks what it is given
            page.on("pageerror", lambda error: faults.append(f"error: {error}"))
            page.on("console", lambda said: faults.append(said.text) if _is_fault(said) else None)
            if init:
                page.add_init_script(init)
            if still:
                page.clock.install(time=NOON)
                page.clock.pause_at(NOON + 60_000)  # before the page: else its first moments last as long as they last
            page.goto(rig.shop + "/shop/" + path)
            made = Visit(page, rig.engine, requests)
            if settle:
                made.settle()
            if consent:
                made.consent()
            return made

        yield visited
    assert faults == []
