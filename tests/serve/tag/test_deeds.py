"""What people do: pages, single-page navigation, clicks, links, forms, scrolling, time, custom events."""

from __future__ import annotations

from tests.serve.tag.conftest import Open

ROW = (
    '<div data-salience-slot="row" data-salience-decision="d-1"><div data-salience-item="a" style="height:40px">a</div>'
    '<div data-salience-item="b" style="height:40px"><b id="inner">b</b></div></div>'
)


def test_a_click_on_an_item_names_item_slot_place_and_decision(visit: Open) -> None:
    tab = visit(ROW)
    tab.page.click("#inner")
    (click,) = tab.events("click")
    assert (click.item, click.slot, click.position, click.decision) == ("b", "row", 1, "d-1")


def test_links_and_forms_are_told_without_what_is_private(visit: Open) -> None:
    tab = visit(
        '<a id="out" href="https://other.example/path?token=secret#part">out</a>'
        '<a id="mail" href="mailto:ann@example.org">mail</a>'
        '<form id="ask" action="javascript:void(0)"><input name="email" value="ann@example.org">'
        '<input name="age" value="24">'
        "<button id=send>send</button></form>"
        "<script>addEventListener('click', e => e.target.id != 'send' && e.preventDefault());"
        "addEventListener('submit', e => e.preventDefault())</script>"
    )
    for name in ("#out", "#mail", "#send"):
        tab.page.click(name)
    found = [(event.name, event.properties) for event in tab.events("action")]
    assert found == [
        ("link", {"href": "https://other.example/path"}),
        ("link", {"href": "mailto"}),
        ("form", {"form": "ask", "fields": "email,age"}),
    ]
    assert all("ann@" not in (request.post_data or "") for request in tab.sent)


def test_a_single_page_shop_tells_every_page_and_keeps_its_history(visit: Open) -> None:
    tab = visit(ROW, path="one?token=secret")
    tab.forward(2_000)
    tab.page.evaluate("history.pushState({n: 1}, '', '/shop/two?q=x')")
    tab.forward(3_000)
    tab.page.evaluate("history.replaceState({n: 2}, '', '/shop/two?q=y')")
    tab.page.evaluate("location.hash = '#/three?x=1'")
    tab.forward(1_000)
    tab.page.evaluate("history.back()")
    tab.page.wait_for_timeout(100)
    found = tab.events("page", "exposure", "impression")
    pages = [(event.page, event.referrer) for event in found if event.kind == "page"]
    assert pages == [
        ("/shop/one", ""),
        ("/shop/two", "/shop/one"),
        ("/shop/two#/three", "/shop/two"),
        ("/shop/two", "/shop/two#/three"),
    ]
    dwell = [(event.page, event.visible_ms) for event in found if event.kind == "exposure" and event.page]
    assert [(page, ms // 1_000) for page, ms in dwell] == [("/shop/one", 2), ("/shop/two", 3), ("/shop/two#/three", 1)]
    assert [event.item for event in found if event.kind == "impression"].count("a") == 3  # once a page
    assert tab.page.evaluate("history.pushState.toString().includes('native code')")


def test_time_without_a_sign_of_life_is_visible_but_not_active(visit: Open) -> None:
    tab = visit(ROW)
    tab.page.mouse.move(10, 10)
    tab.forward(40_000)
    tab.page.mouse.move(20, 20)
    tab.forward(10_000)
    tab.page.evaluate("history.pushState({}, '', '/shop/next')")
    page = next(event for event in tab.events("exposure") if event.page)
    assert (page.visible_ms // 1_000, page.active_ms // 1_000) == (50, 40)


def test_how_far_a_page_was_scrolled(visit: Open) -> None:
    tab = visit('<div style="height:2400px"></div>')
    tab.forward(1_000)
    tab.run("scrollTo(0, 1200)")
    tab.forward(1_000)
    tab.run("scrollTo(0, 0)")
    tab.forward(1_000)
    tab.page.evaluate("history.pushState({}, '', '/shop/next')")
    page = next(event for event in tab.events("exposure") if event.page)
    assert page.depth == 0.75


def test_the_shop_s_own_events_keep_their_kind(visit: Open) -> None:
    tab = visit()
    tab.page.evaluate("""() => {
      salience.track('view', {item: 'tea'});
      salience.track('rating', {item: 'tea', value: 0, low: 0, high: 5});
      salience.track('search', {query: 'green', results: 0});
      salience.track('Quiz finished', {score: 3});
      salience.identify({city: 'Xian'});
    }""")
    found = tab.events("view", "rating", "search", "action", "identify")
    assert [event.kind for event in found] == ["view", "rating", "search", "action", "identify"]
    assert (found[1].value, found[3].name, found[3].properties) == (0, "Quiz finished", {"score": 3})


def test_calls_made_before_the_tag_came_are_not_lost(visit: Open) -> None:
    tab = visit(head="<script>var salience = [['track', 'early', {n: 1}]]</script>")
    assert [event.name for event in tab.events("action")] == ["early"]


def test_parts_can_be_left_out(visit: Open) -> None:
    tab = visit(ROW, attributes='data-auto="none"')
    tab.page.click("#inner")
    tab.forward(3_000)
    assert tab.events() == []
