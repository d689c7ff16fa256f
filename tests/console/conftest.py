"""One shop and one browser for all tests of the page; a fresh, watched tab for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from salience import Engine
from tests.console.shop import ARGUMENTS, chromium, open_shop

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def shop() -> Iterator[tuple[Engine, str]]:
    with open_shop() as made:
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield made
        made.close()


@pytest.fixture
def visit(shop: tuple[Engine, str], browser: Browser) -> Iterator[Open]:
    """Open the page. At the end: no console message, no page error, no policy violation, nothing stored."""
    faults: list[str] = []
    with ExitStack() as tabs:

        def visited(path: str = "/?lang=en", **context: Any) -> Page:
            made = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, "locale": "en-GB", **context})
            tabs.callback(made.close)
            page = made.new_page()
            page.add_init_script(
                "addEventListener('securitypolicyviolation', e => console.error('policy', e.violatedDirective))"
            )
            page.on("console", lambda message: faults.append(f"{message.type}: {message.text}"))
            page.on("pageerror", lambda error: faults.append(f"error: {error}"))
            page.on("requestfailed", lambda request: faults.append(f"failed: {request.url} {request.failure}"))
            page.on("dialog", lambda dialog: faults.append(f"dialog: {dialog.message}"))
            page.goto(shop[1] + path)
            page.wait_for_selector("html[data-ready]")

            def check() -> None:
                stored = page.evaluate("[document.cookie, localStorage.length, sessionStorage.length]")
                assert stored == ["", 0, 0]

            tabs.callback(check)
            return page

        yield visited
    assert faults == []
