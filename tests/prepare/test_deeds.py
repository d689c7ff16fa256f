from __future__ import annotations

from salience.events import Action, Alias, AnyEvent, Click, Impression, Item, Page, Purchase, Search, View
from salience.prepare.deeds import deeds

MINUTE = 60_000


def log() -> list[AnyEvent]:
    return [
        View(id="1", anonymous="c", item="tea", time=5),
        Item(id="2", item="tea", title="Green tea", categories=("drinks",), time=1),
        Page(id="3", user="ann", page="/help/17/a2", time=6),
        Purchase(id="4", user="ann", item="tea", price=2, quantity=3, order="o1", time=7),
        Alias(id="5", previous="anon:c", user="ann"),
        Search(id="6", user="bob", query="tea", time=1),
        Impression(id="7", user="bob", item="tea", time=2),
        Action(id="8", user="bob", name="quiz done", time=40 * MINUTE),
        Click(id="9", user="crawler", item="tea", time=3, context={"bot": True}),
    ]


def test_one_row_per_deed_by_person_then_time() -> None:
    made = deeds([log()[:4], log()[4:]])
    columns = (made.columns[name].tolist() for name in ("user", "step", "time", "value"))
    told = [
        (made.users.names[user], made.steps.names[step], time, value)
        for user, step, time, value in zip(*columns, strict=True)
    ]
    assert told == [
        ("ann", "view", 5, 0.0),
        ("ann", "page /help/*/*", 6, 0.0),
        ("ann", "purchase", 7, 6.0),
        ("bob", "search", 1, 0.0),
        ("bob", "quiz done", 40 * MINUTE, 0.0),
    ]
    assert (made.titles, made.categories) == (("Green tea",), (("drinks",),))


def test_visits_end_with_silence_with_another_session_and_with_the_person() -> None:
    made = deeds(
        [
            [
                View(id="1", user="ann", item="a", time=1, session="s1"),
                View(id="2", user="ann", item="a", time=50 * MINUTE, session="s1"),
                View(id="3", user="ann", item="a", time=51 * MINUTE, session="s2"),
                View(id="4", user="ann", item="a", time=82 * MINUTE),
                View(id="5", user="bob", item="a", time=82 * MINUTE),
            ]
        ]
    )
    assert made.columns["visit"].tolist() == [0, 0, 1, 2, 3]


def test_people_can_be_left_out() -> None:
    left = deeds([log()]).without(["ann", "nobody"])
    assert {left.users.names[code] for code in left.columns["user"]} == {"bob"}


def test_nothing_is_no_trouble() -> None:
    made = deeds([])
    assert (len(made), len(made.users), made.of("view").tolist()) == (0, 0, [])
