"""A page that breaks everything a script might lean on must not see an error, and must find itself unchanged."""

from __future__ import annotations

import pytest

from tests.serve.tag.conftest import Open, Rig

BODY = '<div data-salience-item="tea" style="width:300px;height:200px;background:teal">tea</div><a href="#x">x</a>'

FROZEN = """
for (const kind of [Object, Array, Function, String, RegExp, Map, Set, Promise, EventTarget, Event, Element, Node,
  Document, History, Navigator, Window]) Object.freeze(kind.prototype);
"""
REDEFINED = """
JSON.stringify = JSON.parse = () => { throw new Error('JSON'); };
Object.prototype.toJSON = Array.prototype.toJSON = String.prototype.toJSON = () => 'broken';
Object.prototype.extra = 'inherited';
"""
BLOCKED = """
for (const name of ['localStorage', 'sessionStorage', 'indexedDB'])
  Object.defineProperty(window, name, {get() { throw new DOMException('blocked', 'SecurityError'); }});
"""
BARE = """
for (const name of ['IntersectionObserver', 'MutationObserver', 'fetch', 'navigation', 'crypto']) {
  try { delete window[name]; Object.defineProperty(window, name, {value: undefined}); } catch (_) {}
}
"""
SHAPE = """() => [Object, Array, Function, String, Promise, EventTarget, Element, Document, History, Navigator, Window]
  .map(kind => Reflect.ownKeys(kind.prototype).map(String).join()).join('|')
  + history.pushState + fetch + Object.keys(history)"""


@pytest.mark.parametrize("init", [FROZEN, REDEFINED + BLOCKED])
def test_the_tag_works_and_is_silent_on_a_hostile_page(visit: Open, init: str) -> None:
    tab = visit(BODY, init=init, still=False)
    tab.page.evaluate("salience.track('say', {text: 'a\\ud800\"\\n😀', n: 0, none: null})")
    tab.page.mouse.click(20, 20)
    tab.page.evaluate("history.pushState({}, '', '/shop/two')")
    visitor = tab.page.evaluate("salience.id()")
    kinds: list[str] = []
    for _ in range(600):
        events = [event for _, event in tab.engine.log.of_subject(f"anon:{visitor}")]
        kinds = [event.kind for event in events]
        if {"page", "action", "click", "impression"} <= set(kinds):
            break
        tab.page.wait_for_timeout(10)
    said = next(event for event in events if event.kind == "action")
    assert said.properties == {"text": 'a\ufffd"\n😀', "n": 0, "none": None}  # type: ignore[union-attr]
    assert {"page", "click", "impression"} <= set(kinds)


def test_a_browser_without_the_parts_goes_without_the_tag(visit: Open) -> None:
    visit("<p>page</p>", init=BARE, consent=False, settle=False, still=False)


def test_calls_with_nonsense_do_no_harm(visit: Open) -> None:
    tab = visit(BODY)
    tab.page.evaluate("""() => {
      const loop = {}; loop.loop = loop;
      for (const bad of [undefined, null, 7, 'x', loop, {big: 10n}, {get broken() { throw new Error('x'); }}])
        for (const name of ['consent', 'track', 'identify', 'recommend', 'reset']) salience[name](bad, bad);
    }""")
    tab.forward(3_000)


def test_one_global_and_nothing_else_changes(visit: Open) -> None:
    plain = visit(BODY, init="window.before = 1", attributes='data-key=""', consent=False)
    names = "Object.getOwnPropertyNames(window).sort()"
    without = plain.page.context.new_page()
    without.goto(plain.page.url.replace("/shop/", "/sound.wav"))
    shape = without.evaluate(SHAPE)
    known = set(without.evaluate(names))
    assert plain.page.evaluate(SHAPE).replace(" ", "") == shape.replace(" ", "")
    assert {name for name in set(plain.page.evaluate(names)) - known if name not in ("before", "0")} - FAKED == {
        "salience"
    }


FAKED = {"__pwClock"}


def test_a_strict_policy_needs_the_tag_s_origin_only(visit: Open, rig: Rig) -> None:
    policy = f"default-src 'none'; script-src {rig.server}; connect-src {rig.server}; img-src data:; "
    policy += "style-src 'unsafe-inline'; require-trusted-types-for 'script'"
    tab = visit(BODY, headers={"Content-Security-Policy": policy}, attributes='data-consent="analytics"', consent=False)
    tab.forward(1_500)
    assert {"page", "impression"} <= {event.kind for event in tab.events()}


def test_a_policy_that_forbids_the_server_makes_the_tag_give_up(visit: Open, rig: Rig) -> None:
    tab = visit(BODY, init="window.fetch = () => Promise.reject(new TypeError('blocked'))")
    tab.run("window.calls = 0")
    for _ in range(60):
        tab.forward(60_000 // 4)
        tab.page.evaluate("salience.track('more')")
    assert tab.sent == []
