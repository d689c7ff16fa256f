"""Take the pictures of the documentation: docs/images/demo-*.png, from the real page over real MovieLens.

Starts an engine in memory, imports and trains as `salience demo` does, opens the page in Chromium and clicks as a
visitor would. Run it with `make screenshots`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from salience import Engine
from salience.cli.demo.fetch import movielens
from salience.collect.importers.movielens import read_movielens
from salience.console.demo import routes
from salience.serve.app import app
from salience.serve.run import background

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
MOST_BYTES = 400_000
BATCH = 10_000
KEY = "wk_pictures"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
PICTURES: dict[str, dict[str, Any]] = {
    "demo-en": {"viewport": DESK, "locale": "en-GB", "color_scheme": "light"},
    "demo-zh": {"viewport": DESK, "locale": "zh-CN", "color_scheme": "dark"},
    "demo-phone": {"viewport": PHONE, "locale": "en-GB", "color_scheme": "light"},
}


@contextmanager
def demo() -> Iterator[str]:
    """The page over a trained engine; its address."""
    with Engine.in_memory() as engine:
        rows = list(read_movielens(movielens().folder))
        for start in range(0, len(rows), BATCH):
            engine.collect(rows[start : start + BATCH], source="movielens")
        print(f"published {engine.train(minutes=1).version}")
        site = app(engine, lambda key: "write" if key == KEY else None, pages=routes(engine, KEY))
        with background(site) as address:
            yield address


def play(page: Page) -> None:
    """Three films of one genre, a look at the second row and a click in it, and back to the top."""
    page.locator("#genres [data-genre='Sci-Fi']").click()
    page.wait_for_function("() => document.querySelectorAll('#browse .film').length === 12")
    for place in (0, 2, 5):
        answered = page.locator("#for-you-row").get_attribute("data-decision")
        page.locator("#browse button").nth(place).click()
        page.wait_for_function("was => document.querySelector('#for-you-row').dataset.decision !== was", arg=answered)
    for _ in range(2):
        page.locator("#discover").scroll_into_view_if_needed()
        page.wait_for_timeout(1300)  # a picture of a page on which a second passed
        answered = page.locator("#discover").get_attribute("data-decision")
        page.locator("#discover button").first.click()
        page.wait_for_function("was => document.querySelector('#discover').dataset.decision !== was", arg=answered)
    page.evaluate("scrollTo(0, 0)")
    page.mouse.move(5, 5)
    page.wait_for_timeout(1700)


def main() -> None:
    """All pictures, each below its size."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with demo() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        for name, settings in PICTURES.items():
            page = browser.new_context(**settings).new_page()
            page.goto(address)
            page.wait_for_selector("html[data-ready]")
            play(page)
            path = IMAGES / f"{name}.png"
            size = len(page.screenshot(path=path))
            print(f"{path.name}: {size / 1000:.0f} kB")
            if size > MOST_BYTES:
                raise SystemExit(f"{path.name} is larger than {MOST_BYTES:,} bytes")
        browser.close()


if __name__ == "__main__":
    main()
