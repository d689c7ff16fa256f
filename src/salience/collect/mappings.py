"""A site's own event names in our words: rules of a closed grammar, read from ``mappings.toml``. No code, no templates.

```toml
[[rule]]
name = "Recipe Cooked"            # the name of the action, exactly as it is sent
where = { source = "app" }        # and these properties have these values (may be left out)
kind = "rating"                   # what it becomes
take = { item = "recipe.id", value = "stars" }    # field of that kind = path of a property
give = { low = 0, high = 10 }                     # field of that kind = a constant
```

The first rule that holds is used. Properties that no rule takes stay with the event, in its context.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any, Literal, get_args

import msgspec
from msgspec import Struct, field

from salience.events import Action, AnyEvent, Event, InvalidInput, Scalar

Kind = Literal["view", "click", "cart", "purchase", "rating", "search", "share", "follow", "message", "page", "action"]
"""What a rule may make: deeds of people. Identity, consent, the catalogue and decisions have ways in of their own."""

PROPERTIES = "properties."
"""What stands before the path of a property that was kept in the context."""

_TYPES: dict[str, type[Event]] = {str(kind.__struct_config__.tag): kind for kind in get_args(AnyEvent)}
_OURS = frozenset({"id", "user", "anonymous", "time", "received", "source", "context"})
_TEXT = frozenset({"item", "order", "channel", "target", "session", "decision", "slot", "query"})
_LONGEST = 500


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """One ``[[rule]]``: what it is about, what that becomes, and where its fields come from."""

    name: str
    kind: Kind
    where: dict[str, Scalar] = field(default_factory=dict)
    take: dict[str, str] = field(default_factory=dict)
    give: dict[str, Scalar] = field(default_factory=dict)

    def holds(self, action: Action) -> bool:
        """Whether this rule is about an action: same name, and all the values of ``where``."""
        given = action.properties
        return action.name == self.name and all(
            path in given and given[path] == value and isinstance(given[path], bool) == isinstance(value, bool)
            for path, value in self.where.items()
        )


class Mappings(Struct, frozen=True):
    """The rules of one workspace, in their order."""

    rules: tuple[Rule, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """The names that some rule is about."""
        return frozenset(rule.name for rule in self.rules)

    def applied(self, action: Action) -> dict[str, Any] | None:
        """The fields of the event that an action becomes, still to be judged like any other; None if no rule holds.

        >>> rules = mappings('[[rule]]\\nname = "Cooked"\\nkind = "click"\\ntake = { item = "recipe.id" }')
        >>> rules.applied(Action(id="1", user="ann", name="Cooked", properties={"recipe.id": 7, "pan": 2}))
        {'id': '1', 'user': 'ann', 'context': {'properties.pan': 2, 'event': 'Cooked'}, 'kind': 'click', 'item': '7'}
        """
        rule = next((rule for rule in self.rules if rule.holds(action)), None)
        if rule is None:
            return None
        fields: dict[str, Any] = msgspec.to_builtins(action)
        for theirs in ("kind", "name", "properties", "context"):
            fields.pop(theirs, None)
        left = {PROPERTIES + path: value for path, value in action.properties.items() if path not in rule.take.values()}
        fields["context"] = action.context | left | {"event": action.name}
        taken = {name: action.properties[path] for name, path in rule.take.items() if path in action.properties}
        made = {name: _as_text(name, value) for name, value in taken.items() if value is not None}
        return fields | {"kind": rule.kind} | rule.give | made


def mappings(text: str) -> Mappings:
    """The rules of a ``mappings.toml``; `InvalidInput` names the rule, its line and the field of what is wrong.

    >>> mappings('[[rule]]\\nname = "Cooked"\\nkind = "clack"')
    Traceback (most recent call last):
        ...
    salience.events.fault.InvalidInput: mappings.toml line 3, rule 1, kind = 'clack': invalid enum value 'clack'; one of view, click, cart, purchase, rating, search, share, follow, message, page, action
    """  # noqa: E501 - the message stands in one line
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput("mappings.toml", str(error), "must be TOML", "see docs/verbs/collect.md") from None
    rules = document.pop("rule", [])
    if document or not isinstance(rules, list):
        raise InvalidInput("mappings.toml", next(iter(document), "rule"), "must hold [[rule]] tables only")
    if len(rules) > _LONGEST:
        raise InvalidInput("mappings.toml", len(rules), f"must hold at most {_LONGEST} rules")
    return Mappings(tuple(_rule(raw, number, text) for number, raw in enumerate(rules, 1)))


def _rule(raw: Any, number: int, text: str) -> Rule:
    def wrong(field: str, value: object, rule: str, way_out: str = "") -> InvalidInput:
        line = _line(text, number, field.partition(".")[0])
        return InvalidInput(f"mappings.toml line {line}, rule {number}, {field}", value, rule, way_out)

    try:
        rule = msgspec.convert(raw, Rule)
    except msgspec.ValidationError as error:
        says, _, path = str(error).partition(" - at `$")
        named = re.search(r"field `(\w+)`", says)
        field = path.strip(".`") or (named[1] if named else "rule")
        value = raw.get(field, "") if isinstance(raw, dict) else raw
        way_out = "one of " + ", ".join(get_args(Kind)) if field == "kind" else "the fields: name where kind take give"
        raise wrong(field, value, says[:1].lower() + says[1:], way_out) from None
    if not rule.name:
        raise wrong("name", "", "must not be empty")
    _fields(rule, wrong)
    return rule


def _fields(rule: Rule, wrong: Any) -> None:
    """That the rule can make an event of its kind: known fields, none twice, none missing, constants of their types."""
    kind = _TYPES[rule.kind]
    known = [name for name in kind.__struct_fields__ if name not in _OURS]
    for part, given in (("take", rule.take), ("give", rule.give)):
        for name, source in given.items():
            if name not in known:
                raise wrong(f"{part}.{name}", source, f"is no field of {rule.kind}", "its fields: " + ", ".join(known))
    if twice := sorted(set(rule.take) & set(rule.give)):
        raise wrong(f"give.{twice[0]}", rule.give[twice[0]], "is taken from a property already")
    for name, path in rule.take.items():
        if not path:
            raise wrong(f"take.{name}", path, "must be the path of a property, e.g. recipe.id")
    needed = [name for name in kind.__struct_fields__ if name in known and _needs(kind, name)]
    if missing := [name for name in needed if name not in rule.take and name not in rule.give]:
        raise wrong("take", sorted(rule.take), f"must say where `{missing[0]}` of {rule.kind} comes from")
    types = {info.name: info.type for info in msgspec.structs.fields(kind)}
    for name, value in rule.give.items():
        try:
            msgspec.convert(value, types[name])
        except msgspec.ValidationError as error:
            raise wrong(f"give.{name}", value, str(error).partition(" - at")[0].lower()) from None


def _needs(kind: type[Event], name: str) -> bool:
    return next(info.required for info in msgspec.structs.fields(kind) if info.name == name)


def _as_text(name: str, value: Scalar) -> Scalar:
    """Ids are text here and often numbers there."""
    return str(value) if name in _TEXT and type(value) is int else value


def _line(text: str, number: int, field: str) -> int:
    """The line of a field of the n-th rule, else of the rule itself."""
    found = seen = 0
    for at, line in enumerate(text.splitlines(), 1):
        if re.match(r"\s*\[\[\s*rule\s*\]\]", line):
            seen += 1
            if seen == number:
                found = at
        elif seen == number and re.match(rf"\s*(?:\[\s*rule\s*\.\s*)?{re.escape(field)}\b", line):
            return at
    return found


def renamed(properties: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """Properties as the context keeps them, under their own names with `PROPERTIES` before."""
    return {PROPERTIES + path: value for path, value in properties.items()}
