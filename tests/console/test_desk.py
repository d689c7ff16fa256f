"""The privacy desk as an officer has it: a real Chromium, at the size of a phone, in English and in Chinese."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from salience import Engine
from salience.console import staff
from salience.serve.app import app
from salience.serve.run import background
from salience.store import home

pytestmark = pytest.mark.browser
WORDS = "four words you know"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address, by the name under which browsers keep its cookies without HTTPS."""
    made = home.create(tmp_path_factory.mktemp("desk") / "shop").home
    with Engine.open(made) as engine:
        engine.add_account("ann", "officer", WORDS)
        pages = staff.routes(engine, lambda _asked: "here")
        with background(app(engine, lambda _key: None, pages=pages)) as address:
            yield address.replace("127.0.0.1", "localhost")


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """At the end: no console message and no page error."""
    faults: list[str] = []
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.on("console", lambda message: faults.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: faults.append(f"error: {error}"))
    yield page
    context.close()
    assert faults == []


def signed_in(page: Page, desk: str, words: str = WORDS) -> Page:
    page.goto(f"{desk}/console")
    assert page.url.endswith("/console/sign-in")
    page.fill("[name=name]", "ann")
    page.fill("[name=password]", words)
    page.click("form button")
    return page


@pytest.mark.parametrize(("language", "says"), [("en", "Privacy desk"), ("zh", "隐私")])
def test_an_officer_signs_in_and_sees_the_desk_on_a_phone(desk: str, phone: Page, language: str, says: str) -> None:
    page = signed_in(phone, desk)
    assert page.url.endswith("/console")
    page.goto(f"{desk}/console?lang={language}")
    assert says in page.inner_text("h1")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("document.cookie") == ""  # no script can read them


def test_who_signs_out_is_out(desk: str, phone: Page) -> None:
    page = signed_in(phone, desk)
    page.locator("form[action='/console/sign-out'] button").click()
    page.goto(f"{desk}/console")
    assert page.url.endswith("/console/sign-in")
