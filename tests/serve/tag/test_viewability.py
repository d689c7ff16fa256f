"""Viewable impressions by the rule of the Media Rating Council, case by case."""

from __future__ import annotations

import pytest

from tests.serve.tag.conftest import Open
from tests.serve.tag.host import Visit

HIGH = 200


def unit(top: int, *, left: int = 0, width: int = 300, height: int = HIGH, item: str = "tea") -> str:
    return (
        f'<div id="unit" data-salience-slot="home" data-salience-item="{item}" data-salience-decision="d-1" '
        f'style="position:absolute;left:{left}px;top:{top}px;width:{width}px;height:{height}px;background:teal"></div>'
    )


def away(visit: Visit) -> None:
    visit.run("document.getElementById('unit').style.top = '2000px'")


def back(visit: Visit) -> None:
    visit.run("document.getElementById('unit').style.top = '0'")


def seen(visit: Visit) -> list[str]:
    return sorted(event.item for event in visit.events("impression"))


def impressions(visit: Visit) -> int:
    return len(visit.events("impression"))


def test_half_of_the_pixels_must_be_in_view(visit: Open) -> None:
    parts = (49, 50, 51, 100)
    units = [unit(600 - HIGH * part // 100, left=200 * n, width=190, item=str(part)) for n, part in enumerate(parts)]
    tab = visit("".join(units))
    tab.forward(3_000)
    assert seen(tab) == ["100", "50", "51"]


def test_thirty_percent_of_a_large_unit_and_only_of_a_large_one(visit: Open) -> None:
    units = [
        unit(600 - 203, left=0, width=350, height=700, item="29 %"),
        unit(600 - 210, left=360, width=350, height=700, item="30 %"),
    ]
    tab = visit("".join(units))
    tab.forward(3_000)
    assert seen(tab) == ["30 %"]
    small = visit(unit(600 - 150, width=485, height=500))  # 242,500 px exactly
    small.forward(3_000)
    assert seen(small) == []


@pytest.mark.parametrize(("ms", "expected"), [(990, 0), (1_000, 1), (1_010, 1)])
def test_one_continuous_second(visit: Open, ms: int, expected: int) -> None:
    tab = visit(unit(0))
    tab.forward(ms)
    away(tab)
    tab.forward(5_000)
    found = tab.events("impression", "exposure")
    assert len([event for event in found if event.kind == "impression"]) == expected
    spell = next(event for event in found if event.kind == "exposure" and event.item)
    assert (spell.visible_ms, spell.item, spell.slot, spell.decision, spell.share) == (ms, "tea", "home", "d-1", 1.0)


def test_two_short_spells_are_no_second(visit: Open) -> None:
    tab = visit(unit(0))
    for _ in range(2):
        back(tab)
        tab.forward(600)
        away(tab)
        tab.forward(600)
    found = tab.events("impression", "exposure")
    assert [event.visible_ms for event in found if event.kind == "exposure" and event.item] == [600, 600]
    assert [event for event in found if event.kind == "impression"] == []


def test_an_impression_counts_once_a_page(visit: Open) -> None:
    tab = visit(unit(0))
    for _ in range(3):
        back(tab)
        tab.forward(1_500)
        away(tab)
        tab.forward(500)
    assert impressions(tab) == 1


def test_a_tab_without_the_focus_shows_nothing(visit: Open) -> None:
    tab = visit(unit(0))
    tab.forward(600)
    tab.run("document.hasFocus = () => false; dispatchEvent(new Event('blur'))")
    tab.forward(5_000)
    tab.run("delete document.hasFocus; dispatchEvent(new Event('focus'))")
    tab.forward(900)
    away(tab)
    assert impressions(tab) == 0
    back(tab)
    tab.forward(1_000)
    assert impressions(tab) == 1


HIDE = """state => {
  Object.defineProperty(document, 'visibilityState', {value: state, configurable: true});
  document.dispatchEvent(new Event('visibilitychange'));
}"""


def test_a_hidden_tab_shows_nothing(visit: Open) -> None:
    tab = visit(unit(0))
    tab.forward(900)
    tab.page.evaluate(HIDE, "hidden")
    tab.forward(60_000)
    tab.page.evaluate(HIDE, "visible")
    tab.forward(900)
    away(tab)
    found = tab.events("impression", "exposure")
    assert [event.visible_ms for event in found if event.kind == "exposure" and event.item] == [900, 900]
    assert [event for event in found if event.kind == "impression"] == []


COVER = (
    '<div id="cover" style="position:absolute;left:0;top:{top}px;width:300px;height:{high}px;background:#000"></div>'
)


def test_what_lies_under_something_else_is_not_in_view(visit: Open) -> None:
    made = ""
    for place, covered in enumerate((40, 80, 120, 200)):
        made += unit(0, left=200 * place, width=190, item=str(covered))
        made += (
            f'<div style="position:absolute;left:{200 * place}px;width:190px;height:{covered}px;background:#000"></div>'
        )
    tab = visit(made)
    tab.forward(3_000)
    assert seen(tab) == ["40", "80"]


def test_a_cover_that_comes_before_the_second_is_over(visit: Open) -> None:
    tab = visit(unit(0))
    tab.forward(950)
    tab.run("document.body.insertAdjacentHTML('beforeend', `" + COVER.format(top=0, high=HIGH) + "`)")
    tab.forward(5_000)
    assert impressions(tab) == 0


def test_what_is_not_painted_is_not_seen(visit: Open) -> None:
    styles = ("visibility:hidden", "opacity:0", "display:none", "opacity:.9")
    made = [
        f'<div style="{style}">{unit(0, left=200 * n, width=190, item=style)}</div>' for n, style in enumerate(styles)
    ]
    tab = visit("".join(made))
    tab.forward(3_000)
    assert seen(tab) == ["opacity:.9"]


def test_a_faint_or_turned_unit_is_seen_all_the_same(visit: Open) -> None:
    tab = visit(f'<div style="opacity:.9;transform:rotate(1deg)">{unit(100)}</div>')
    tab.forward(1_500)
    assert impressions(tab) == 1


def test_a_box_that_scrolls_cuts_a_unit_off(visit: Open) -> None:
    box = '<div style="position:absolute;left:{}px;width:300px;height:200px;overflow:auto">{}</div>'
    tab = visit(box.format(0, unit(110, item="45 %")) + box.format(400, unit(90, item="55 %")))
    tab.forward(3_000)
    assert seen(tab) == ["55 %"]


def test_scrolling_brings_a_unit_in(visit: Open) -> None:
    tab = visit('<div style="height:3000px"></div>' + unit(1_500))
    tab.forward(3_000)
    tab.run("scrollTo(0, 1200)")
    tab.forward(1_000)
    assert impressions(tab) == 1


def test_units_that_come_later_and_that_change_are_measured(visit: Open) -> None:
    tab = visit("<div id=list></div>")
    tab.run(f"document.getElementById('list').innerHTML = `{unit(0)}`")
    tab.forward(200)
    tab.settle()
    tab.forward(1_100)
    tab.run("document.getElementById('unit').setAttribute('data-salience-item', 'milk')")
    tab.forward(1_300)
    tab.run("document.getElementById('unit').remove()")
    tab.forward(500)
    found = tab.events("impression", "exposure")
    assert [event.item for event in found if event.kind == "impression"] == ["tea", "milk"]
    assert [event.item for event in found if event.kind == "exposure" and event.slot] == ["tea", "milk"]


def test_a_machine_that_slept_saw_nothing(visit: Open) -> None:
    tab = visit(unit(0))
    tab.forward(500)
    tab.page.clock.fast_forward(8 * 3_600_000)
    away(tab)
    found = tab.events("impression", "exposure")
    assert [event for event in found if event.kind == "impression"] == []
    assert all(event.visible_ms <= 1_000 for event in found)


def test_items_of_a_slot_know_their_place_and_the_slot_is_measured_itself(visit: Open) -> None:
    items = "".join(
        f'<div data-salience-item="{name}" style="height:80px;background:teal">{name}</div>' for name in ("a", "b", "c")
    )
    tab = visit(f'<div data-salience-slot="row" data-salience-decision="d-9">{items}</div>')
    tab.forward(1_100)
    found = {event.item: (event.position, event.slot, event.decision) for event in tab.events("impression")}
    assert found == {"": (0, "row", "d-9"), "a": (0, "row", "d-9"), "b": (1, "row", "d-9"), "c": (2, "row", "d-9")}


VIDEO = (
    '<video id="unit" data-salience-item="film" src="/sound.wav" '
    'style="position:absolute;top:0;left:0;width:300px;height:200px;background:teal"></video>'
)
PLAY = """seconds => new Promise(done => {
  const film = document.getElementById('unit');
  film.ontimeupdate = () => { if (film.currentTime >= seconds) { film.ontimeupdate = null; film.pause(); done(); } };
  film.play();
})"""


REACHED = """seconds => new Promise(done => {
  const film = document.getElementById('unit');
  film.addEventListener('timeupdate', () => film.currentTime > seconds && done());
})"""


def test_a_video_needs_two_seconds_of_play(visit: Open) -> None:
    tab = visit(VIDEO)
    tab.forward(5_000)
    assert impressions(tab) == 0  # it does not play
    tab.page.evaluate("() => { document.getElementById('unit').playbackRate = 2 }")
    playing = tab.page.evaluate_handle(f"({{done: ({PLAY})(2.6)}})")
    tab.page.evaluate(REACHED, 0.05)
    tab.forward(1_900)
    tab.page.evaluate(REACHED, 2.2)
    tab.forward(200)
    playing.evaluate("one => one.done")
    assert impressions(tab) == 1


def test_a_replay_is_not_new_play(visit: Open) -> None:
    tab = visit(VIDEO)
    for _ in range(3):
        tab.run("document.getElementById('unit').currentTime = 0; document.getElementById('unit').playbackRate = 4")
        tab.page.evaluate(PLAY, 1.0)
        tab.forward(900)
    assert impressions(tab) == 0
