"""A site's own names in our words: what rules do, and what is said of those that cannot work."""

from __future__ import annotations

from typing import Any

import pytest

from salience.collect.accept import accept
from salience.collect.mappings import mappings
from salience.collect.sender import Door
from salience.events import Action, InvalidInput, Rating

RULES = """
# stars of the app
[[rule]]
name = "Recipe Cooked"
where = { source = "app", beta = true }
kind = "rating"
take = { item = "recipe.id", value = "stars" }
give = { low = 0, high = 10 }

[[rule]]
name = "Recipe Cooked"
kind = "action"
take = {}
give = { name = "cooked" }
"""


def cooked(**properties: Any) -> Action:
    given: dict[str, Any] = {"source": "app", "beta": True, "recipe.id": 7, "stars": 8, "pan": "wok"}
    return Action(id="a", user="ann", name="Recipe Cooked", properties={**given, **properties}, context={"page": "/"})


def test_the_first_rule_that_holds_makes_the_event() -> None:
    door = Door(mappings=mappings(RULES))
    (event,) = accept([cooked()], now=5, source="x", door=door).events
    assert isinstance(event, Rating)
    assert (event.id, event.user, event.item, event.value, event.low, event.high) == ("a", "ann", "7", 8, 0, 10)
    left = {"properties.source": "app", "properties.beta": True, "properties.pan": "wok"}
    assert event.context == {"page": "/", "event": "Recipe Cooked", **left}


@pytest.mark.parametrize("wrong", [{"source": "web"}, {"beta": 1}, {"beta": False}])
def test_a_condition_that_does_not_hold_leaves_it_to_the_next(wrong: dict[str, Any]) -> None:
    (event,) = accept([cooked(**wrong)], now=5, source="x", door=Door(mappings=mappings(RULES))).events
    assert isinstance(event, Action)
    assert event.name == "cooked"


def test_other_names_stay_as_they_are_and_a_missing_property_fails_with_its_reason() -> None:
    door = Door(mappings=mappings('[[rule]]\nname = "x"\nkind = "click"\ntake = { item = "id" }'))
    judged = accept(
        [Action(id="1", user="u", name="y"), Action(id="2", user="u", name="x")], now=5, source="x", door=door
    )
    assert [result.status for result in judged.results] == ["stored", "failed"]
    assert judged.results[1].reason == "item: is missing"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[rule]\n", "must be TOML"),
        ("rules = 1", "must hold [[rule]] tables only"),
        ("[rule]\nname = 'x'", "must hold [[rule]] tables only"),
        ("[[rule]]\nkind = 'view'", "line 1, rule 1, name"),
        ("[[rule]]\nname = ''\nkind = 'view'", "line 2, rule 1, name"),
        ("[[rule]]\nname = 'x'\nkind = 'alias'", "line 3, rule 1, kind"),
        ("[[rule]]\nname = 'x'\nkind = 'consent'", "line 3, rule 1, kind"),
        ("[[rule]]\nname = 'x'\nkind = 'view'\nwhen = 1", "line 4, rule 1, when"),
        ("[[rule]]\nname = 'x'\nkind = 'view'", "must say where `item` of view comes from"),
        ("[[rule]]\nname = 'x'\nkind = 'view'\ntake = {item = 'i', user = 'u'}", "line 4, rule 1, take.user"),
        ("[[rule]]\nname = 'x'\nkind = 'view'\ntake = {item = ''}", "take.item"),
        ("[[rule]]\nname = 'x'\nkind = 'view'\ntake = {item = 'i'}\ngive = {item = 'j'}", "line 5, rule 1, give.item"),
        ("[[rule]]\nname = 'x'\nkind = 'cart'\ntake = {item = 'i'}\ngive = {quantity = -1}", "give.quantity"),
        ("[[rule]]\nname = 'x'\nkind = 'cart'\ntake = {item = 'i'}\n[rule.give]\ncolour = 1", "line 5, rule 1, give"),
        (
            "[[rule]]\nname='a'\nkind='view'\ntake={item='i'}\n\n[[rule]]\nname = 'x'\nkind = 'clack'",
            "line 8, rule 2, kind",
        ),
    ],
)
def test_what_cannot_work_is_said_when_it_is_read_with_rule_line_and_field(text: str, says: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        mappings(text)
    assert says in str(refused.value)


def test_there_is_no_code_in_it() -> None:
    evil = "__import__('os').system('touch canary')"
    rule = f'[[rule]]\nname = "x"\nkind = "click"\ntake = {{ item = "id" }}\ngive = {{ slot = "{evil}" }}'
    (event,) = accept(
        [Action(id="1", user="u", name="x", properties={"id": "{{7*7}}"})],
        now=5,
        source="x",
        door=Door(mappings=mappings(rule)),
    ).events
    assert (event.slot, getattr(event, "item", "")) == (evil, "{{7*7}}")
