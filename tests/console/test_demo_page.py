"""The page as a visitor has it: a real Chromium against a real server."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from salience import Engine
from salience.events import Click, Impression
from tests.console.shop import GENRES

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
ROW = "#for-you-row .film"


def genres_of(page: Page, row: str = ROW) -> list[str]:
    """The genre of each film of a row; in this shop an id says it."""
    items: list[str] = page.locator(row).evaluate_all("films => films.map(film => film.dataset.item)")
    return [item.rpartition("-")[0] for item in items]


def click(page: Page, film: Any) -> None:
    """Click a film and wait for the row's next answer."""
    before = page.locator("#for-you-row").get_attribute("data-decision")
    film.click()
    page.wait_for_function("before => document.querySelector('#for-you-row').dataset.decision !== before", arg=before)


def filter_genre(page: Page, genre: str) -> None:
    page.locator(f"#genres [data-genre='{genre}']").click()
    page.wait_for_function(
        "g => [...document.querySelectorAll('#browse .film')].every(f => f.dataset.item.startsWith(g))", arg=genre
    )


def decision_of(page: Page, row: str) -> str:
    return page.locator(row).get_attribute("data-decision") or ""


@pytest.mark.parametrize("genre", ["Western", "Musical"])
def test_three_clicks_in_one_genre_move_the_row_and_the_reasons_are_true(visit: Open, genre: str) -> None:
    page = visit()
    assert genres_of(page).count(genre) <= 3
    filter_genre(page, genre)
    clicked = []
    for place in (0, 2, 4):
        film = page.locator("#browse .film").nth(place)
        clicked.append(film.get_attribute("data-item"))
        click(page, film.locator("button"))
    assert genres_of(page).count(genre) > 3
    reasons = page.locator(ROW).evaluate_all(
        "films => films.map(f => [f.dataset.code, f.dataset.because, f.querySelector('.reason').textContent])"
    )
    assert [code for code, _, _ in reasons].count("because") > 3
    for code, because, text in reasons:
        if code == "because":
            assert set(because.split(" ")) <= set(clicked)
            assert re.search(rf"Because you chose .*{genre} \d\d .*: \d+ %$", text), text


def test_films_that_arrive_are_marked_and_said(visit: Open) -> None:
    page = visit()
    before = set(page.locator(ROW).evaluate_all("films => films.map(f => f.dataset.item)"))
    filter_genre(page, "Drama")
    click(page, page.locator("#browse button").first)
    marked = page.locator(f"{ROW}.fresh").evaluate_all("films => films.map(f => f.dataset.item)")
    after = set(page.locator(ROW).evaluate_all("films => films.map(f => f.dataset.item)"))
    assert set(marked) == after - before != set()
    assert re.search(rf"You clicked Drama \d\d: {len(marked)} of 6 are new, \d+ ms", page.inner_text("#said"))
    assert int(page.inner_text("#delay").replace(",", "")) > 0


def test_the_second_row_logs_impression_and_click_and_its_arm_learns(visit: Open, shop: tuple[Engine, str]) -> None:
    engine, page = shop[0], visit()
    page.locator("#discover").scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('#log').textContent.includes('More to discover: seen')")
    decision, layout = decision_of(page, "#discover"), page.locator("#discover").get_attribute("class")
    before = {arm.name: (arm.trials, arm.reward) for arm in engine.pulse().arms}.get(layout or "", (0, 0.0))
    film = page.locator("#discover button").nth(1)
    item = page.locator("#discover .film").nth(1).get_attribute("data-item")
    click(page, film)
    page.wait_for_function("before => document.querySelector('#discover').dataset.decision !== before", arg=decision)
    about = [event for _, event in engine.log.read(limit=100_000) if event.decision == decision]
    seen = [event for event in about if isinstance(event, Impression)]
    clicks = [event for event in about if isinstance(event, Click)]
    assert seen[0].visible_ms >= 1000
    assert {(event.slot, event.source) for event in about} == {("discover", "http")}
    assert [(event.item, event.position) for event in clicks] == [(item, 1)]
    after = {arm.name: (arm.trials, arm.reward) for arm in engine.pulse().arms}[layout or ""]
    assert after == (before[0] + 1, before[1] + 1.0)
    shown = page.locator(f".arm[data-arm='{layout}']")
    shares = page.locator(".arm .bar").evaluate_all("bars => bars.map(bar => +bar.style.getPropertyValue('--share'))")
    assert len(shares) == 2
    assert abs(sum(shares) - 1) < 1e-6
    page.wait_for_function(
        "([arm, trials]) => document.querySelector(`.arm[data-arm='${arm}']`).dataset.trials === trials",
        arg=[layout, str(after[0])],
    )
    assert float(shown.get_attribute("data-reward") or -1) == after[1]


def test_what_was_not_looked_at_for_a_second_is_no_impression(visit: Open, shop: tuple[Engine, str]) -> None:
    page = visit()
    decision = decision_of(page, "#discover")
    page.wait_for_function("() => document.querySelector('#log').textContent.includes('For you: seen')")
    assert not [event for _, event in shop[0].log.read(limit=100_000) if event.decision == decision]


def test_asking_for_others_is_a_reward_of_nothing(visit: Open, shop: tuple[Engine, str]) -> None:
    page = visit()
    decision, layout = decision_of(page, "#discover"), page.locator("#discover").get_attribute("class")
    before = {arm.name: arm.trials for arm in shop[0].pulse().arms}.get(layout or "", 0)
    page.locator("#others").click()
    page.wait_for_function("before => document.querySelector('#discover').dataset.decision !== before", arg=decision)
    assert {arm.name: arm.trials for arm in shop[0].pulse().arms}[layout or ""] == before + 1


def test_a_new_visitor_and_switched_off_personalisation_forget(visit: Open) -> None:
    page = visit()

    def personal() -> bool:
        return page.locator(f"{ROW}[data-code=because]").count() > 0

    assert not personal()
    filter_genre(page, "Horror")
    click(page, page.locator("#browse button").first)
    assert personal()
    click(page, page.locator(".switch"))
    assert not personal()
    assert "The same for everybody" in page.inner_text("#for-you-why")
    click(page, page.locator(".switch"))
    assert personal()
    visitor = page.inner_text("#who")
    click(page, page.locator("#reset"))
    assert not personal()
    assert page.inner_text("#who") != visitor
    assert page.locator("#chosen").is_hidden()
    assert page.locator("#browse .chosen-film").count() == 0


def test_the_panel_balances_and_follows_the_log(visit: Open, shop: tuple[Engine, str]) -> None:
    page = visit()
    click(page, page.locator("#browse button").first)
    page.wait_for_function("() => document.querySelector('#model').textContent !== '–'")
    assert page.inner_text("#model") == shop[0].snapshot.version
    assert "✓ balances" in page.inner_text("#ledger")
    assert page.inner_text("#rung") == "the model"


def test_the_chinese_page_has_no_english_words_of_its_own(visit: Open) -> None:
    page = visit("/", locale="zh-CN")
    assert page.evaluate("document.documentElement.lang") == "zh"
    filter_genre(page, "Comedy")
    click(page, page.locator("#browse button").first)
    page.locator("#others").click()
    page.locator("#discover").scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('#log').textContent.includes('“发现更多”进入视野')")
    text = page.evaluate(
        """() => {
          const copy = document.body.cloneNode(true);
          for (const kept of copy.querySelectorAll('[lang=en], noscript, #model, .brand')) kept.remove();
          const labels = ['aria-label', 'placeholder', 'title'].flatMap(name =>
            [...copy.querySelectorAll(`[${name}]`)].map(element => element.getAttribute(name)));
          return [copy.textContent, ...labels].join(' ');
        }"""
    )
    titles = re.compile(rf"(<img src=x onerror=alert\(1\)> )?({'|'.join(GENRES)}) \d\d( \(\d{{4}}\))?")
    visitor = re.compile(r"访客 [0-9a-f]{4}")
    assert re.findall("[A-Za-z]{2,}", visitor.sub("", titles.sub("", text))) == []
    assert "因为您选择过" in text


def test_the_language_can_be_switched_in_place(visit: Open) -> None:
    page = visit()
    click(page, page.locator("[data-language=zh]"))
    page.wait_for_function("() => document.querySelector('#for-you-title').textContent === '为您推荐'")
    assert page.url.endswith("?lang=zh")
    assert page.evaluate("document.documentElement.lang") == "zh"
    assert "点击" in page.title()


@pytest.mark.parametrize("width", [360, 390, 820, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_sticks_out_sideways(visit: Open, width: int, scheme: str) -> None:
    page = visit(viewport={"width": width, "height": 844}, color_scheme=scheme)
    click(page, page.locator("#browse button").first)
    for _ in range(2):
        page.locator("#others").click()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_it_can_be_used_with_the_keyboard_alone(visit: Open) -> None:
    page = visit(reduced_motion="reduce")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#for-you-row') !== null")
    before = decision_of(page, "#for-you-row")
    page.keyboard.press("Enter")
    page.wait_for_function("before => document.querySelector('#for-you-row').dataset.decision !== before", arg=before)
    assert page.evaluate("document.activeElement.closest('#for-you-row') !== null")  # the place is kept
    assert page.evaluate("document.getAnimations().length") == 0


def test_every_control_has_a_name(visit: Open) -> None:
    page = visit()
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('button, a, input')]
          .filter(e => !(e.textContent.trim() || e.getAttribute('aria-label') || e.labels?.[0]?.textContent.trim()))
          .map(e => e.outerHTML)"""
    )
    assert nameless == []


def test_titles_are_text_whatever_they_contain(visit: Open) -> None:
    page = visit()
    page.locator("#query").fill("img")
    page.wait_for_function("() => document.querySelectorAll('#browse .film').length === 6")
    assert page.locator("#browse img").count() == 0
    click(page, page.locator("#browse button").first)
    assert "<img src=x" in page.inner_text("#chosen")
