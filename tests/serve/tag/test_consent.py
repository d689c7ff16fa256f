"""Before consent: nothing stored, nothing sent, no id. After it: one id that stays. Withdrawn: nothing again."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.serve.tag.conftest import Open, Rig
from tests.serve.tag.host import Visit

BODY = (
    '<div data-salience-slot="home" data-salience-item="tea" style="width:300px;height:200px;background:teal">tea</div>'
    '<form name="ask"><input name="email" value="ann@example.org"><button>send</button></form>'
)
STORED = """async () => ({
  cookies: document.cookie, local: Object.entries(localStorage), session: Object.entries(sessionStorage),
  databases: (await indexedDB.databases()).length, caches: (await caches.keys()).length,
})"""
NOTHING: dict[str, Any] = {"cookies": "", "local": [], "session": [], "databases": 0, "caches": 0}


def busy(tab: Visit) -> None:
    """A visitor who reads, scrolls, clicks and types."""
    tab.forward(2_000)
    tab.page.mouse.move(50, 50)
    tab.page.mouse.click(50, 50)
    tab.page.mouse.wheel(0, 300)
    tab.page.evaluate("history.pushState({}, '', '/shop/next')")
    tab.page.evaluate("salience.track('Quiz finished', {score: 3}); salience.identify({city: 'Xian'})")
    tab.forward(5_000)


def test_before_consent_nothing_is_stored_sent_or_named(visit: Open) -> None:
    tab = visit(BODY, consent=False)
    busy(tab)
    assert tab.page.evaluate(STORED) == NOTHING
    assert tab.page.context.cookies() == []
    assert tab.sent == []
    assert tab.page.evaluate("salience.id()") == ""
    for request in tab.requests:
        assert not re.search(r"[0-9a-f]{16}", request.url + str(request.post_data or ""))
    assert tab.page.evaluate("salience.recommend('home')") is None
    tab.page.close(run_before_unload=True)
    assert tab.sent == []


def test_a_refusal_leaves_nothing_either(visit: Open) -> None:
    tab = visit(BODY, consent=False)
    tab.page.evaluate("salience.consent({analytics: false, personalisation: false})")
    busy(tab)
    assert tab.page.evaluate(STORED) == NOTHING
    assert tab.sent == []


def test_what_was_held_is_sent_once_the_visitor_agrees(visit: Open) -> None:
    tab = visit(BODY, consent=False)
    tab.forward(1_500)
    tab.consent()
    kinds = [event.kind for event in tab.events()]
    assert kinds[0] == "page"
    assert "impression" in kinds
    stored = tab.page.evaluate(STORED)
    assert [name for name, _ in stored["local"]] == ["salience"]
    assert {**stored, "local": []} == NOTHING


def test_the_id_stays_over_pages_and_goes_with_the_consent(visit: Open) -> None:
    tab = visit(BODY)
    first = tab.page.evaluate("salience.id()")
    tab.forward(1_200)
    tab.page.reload()
    tab.settle()
    assert tab.page.evaluate("salience.id()") == first
    assert len(first) == 32
    tab.page.evaluate("salience.consent({analytics: false})")
    tab.page.wait_for_timeout(50)
    assert tab.page.evaluate(STORED) == NOTHING
    assert tab.page.evaluate("salience.id()") == ""
    refused: list[Any] = []
    for _ in range(1_000):
        refused = [event for _, event in tab.engine.log.of_subject(f"anon:{first}") if event.kind == "consent"]
        if refused:
            break
        tab.page.wait_for_timeout(5)
    assert [event.purposes for event in refused] == [{"analytics": False}]


def test_signing_out_makes_a_new_visitor(visit: Open) -> None:
    tab = visit(BODY)
    first = tab.page.evaluate("salience.id()")
    tab.page.evaluate("salience.reset()")
    second = tab.page.evaluate("salience.id()")
    assert first != second
    assert len(second) == 32


GPC = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true})"
DNT = "Object.defineProperty(Navigator.prototype, 'doNotTrack', {get: () => '1'})"


def test_global_privacy_control_refuses_sharing_whatever_the_page_says(visit: Open) -> None:
    tab = visit(BODY, init=GPC, consent=False)
    tab.page.evaluate("salience.consent({analytics: true, marketing: true, sharing: true})")
    refused = [event.purposes for event in tab.events("consent")]
    assert refused == [{"marketing": False, "sharing": False}]


@pytest.mark.parametrize(
    ("init", "attributes", "sends"),
    [
        (GPC, 'data-gpc="stop"', False),
        (GPC, 'data-gpc="off"', True),
        (DNT, "", False),
        (DNT, 'data-dnt="off"', True),
    ],
)
def test_signals_are_honoured_as_configured(visit: Open, init: str, attributes: str, *, sends: bool) -> None:
    tab = visit(BODY, init=init, attributes=attributes)
    busy(tab)
    assert bool(tab.sent) == sends
    assert (tab.page.evaluate(STORED) != NOTHING) == sends


def test_consent_may_be_declared_by_the_page(visit: Open, rig: Rig) -> None:
    tab = visit(BODY, attributes='data-consent="analytics personalisation"', consent=False)
    assert tab.events()[0].kind == "page"
    rig.engine.collect([{"kind": "item", "id": "i-green", "item": "green", "title": "Green tea"}], source="test")
    answer = tab.page.evaluate("salience.recommend('home', {k: 50})")  # the shop is shared: others' items are in it too
    assert "green" in [item["item"] for item in answer["items"]]
