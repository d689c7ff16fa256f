"""The way out: batches, retries, a queue while there is no network, and the last words of a page."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Route

from tests.serve.tag.conftest import Open
from tests.serve.tag.host import Visit

COLLECT = "**/v1/collect*"


def wait(tab: Visit, visitor: str, name: str) -> list[Any]:
    """The visitor's actions, once the one of this name is on the disk."""
    for _ in range(2_000):
        found = [event for _, event in tab.engine.log.of_subject(f"anon:{visitor}") if event.kind == "action"]
        if any(event.name == name for event in found):  # type: ignore[union-attr]
            return found
        tab.page.context.pages[0].wait_for_timeout(5)
    raise AssertionError(f"{name} never came")


def test_events_go_in_batches(visit: Open) -> None:
    tab = visit()
    tab.forward(1_500)
    before = len(tab.sent)
    tab.page.evaluate("for (let n = 0; n < 40; n++) salience.track('n' + n)")
    assert [event.name for event in tab.events("action")] == [f"n{n}" for n in range(40)]
    assert len(tab.sent) - before <= 3


def test_no_preflight_is_needed_and_no_cookie_is_sent(visit: Open) -> None:
    tab = visit()
    tab.events()
    assert {request.method for request in tab.sent} == {"POST"}
    headers = tab.sent[0].all_headers()
    assert headers["content-type"].startswith("text/plain")
    assert "cookie" not in headers


BUSY = """
const real = window.fetch.bind(window);
window.asked = [];
window.fetch = (url, options) => {
  if (!options.body.includes('patient')) return real(url, options);
  asked.push(options.body);
  const busy = new Response('', {status: 503, headers: {'Retry-After': '30'}});
  return asked.length == 1 ? Promise.resolve(busy) : real(url, options);
};
"""


def test_a_busy_server_is_asked_again_when_it_said_so_with_the_same_ids(visit: Open) -> None:
    tab = visit(init=BUSY)
    tab.events()
    tab.page.evaluate("salience.track('patient')")
    tab.forward(1_500)
    tab.forward(28_000)
    assert tab.page.evaluate("asked.length") == 1
    tab.forward(10_000)
    bodies = tab.page.evaluate("asked")
    assert len(bodies) == 2
    first, second = (body.partition('"events":')[2] for body in bodies)
    assert first == second


def test_what_the_server_refuses_is_not_sent_for_ever(visit: Open) -> None:
    tab = visit()
    tab.events()
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=200 if len(asked) > 1 else 204, headers={"Access-Control-Allow-Origin": "*"})

    tab.page.route(COLLECT, refuse)
    tab.page.evaluate("salience.track('wrong')")
    for _ in range(5):
        tab.forward(30_000)
        tab.page.wait_for_timeout(50)
    assert len(asked) == 1


def test_events_wait_while_there_is_no_network_and_the_oldest_go_first(visit: Open) -> None:
    tab = visit()
    tab.events()
    tab.page.context.set_offline(True)
    before = len(tab.sent)
    tab.page.evaluate("for (let n = 0; n < 250; n++) salience.track('n' + n)")
    tab.forward(60_000)
    assert len(tab.sent) == before
    tab.page.context.set_offline(False)
    tab.page.wait_for_timeout(50)
    names = [event.name for event in tab.events("action") if event.name.startswith("n")]
    assert names[-1] == "n249"
    assert 190 <= len(names) <= 200
    assert names == [f"n{n}" for n in range(250 - len(names), 250)]


def test_what_was_not_sent_offline_is_sent_from_the_next_page(visit: Open) -> None:
    tab = visit()
    tab.events()
    visitor = tab.page.evaluate("salience.id()")
    tab.page.context.set_offline(True)
    tab.page.evaluate("salience.track('later')")
    tab.page.evaluate("dispatchEvent(new Event('pagehide'))")
    assert tab.page.evaluate("localStorage.length") == 2
    tab.page.context.set_offline(False)
    other = tab.page.context.new_page()
    other.goto(tab.page.url)
    found = wait(tab, visitor, "later")
    assert [event.name for event in found].count("later") == 1


def test_the_last_words_of_a_page_arrive(visit: Open) -> None:
    tab = visit('<div data-salience-item="tea" style="width:300px;height:200px;background:teal">tea</div>')
    tab.events()
    visitor = tab.page.evaluate("salience.id()")
    other = tab.page.context.new_page()
    tab.forward(5_000)
    tab.page.evaluate("salience.track('last words')")
    tab.page.close(run_before_unload=True)
    for _ in range(2_000):
        found = [event for _, event in tab.engine.log.of_subject(f"anon:{visitor}")]
        if any(event.kind == "exposure" and getattr(event, "page", "") for event in found):
            break
        other.wait_for_timeout(5)
    exposures = {event.item or event.page: event.visible_ms for event in found if event.kind == "exposure"}  # type: ignore[union-attr]
    assert exposures["tea"] >= 5_000
    assert exposures["/shop/"] >= 5_000
    assert [event.name for event in found if event.kind == "action"][-1] == "last words"  # type: ignore[union-attr]
