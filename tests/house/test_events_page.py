"""docs/events.md says exactly what the structs say: each kind, each field, its type, and whether it is required."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from msgspec import inspect

from salience.events import AnyEvent, Event

PAGE = Path(__file__).parents[2] / "docs" / "events.md"
KINDS: dict[str, type[Event]] = {str(kind.__struct_config__.tag): kind for kind in get_args(AnyEvent)}
NAMES = {
    "Shown": "shown item",
    "Choice": "choice",
    "Design": "design",
    "Placed": "placed action",
    "LoopSettings": "loop settings",
    "Canary": "trial",
    "Side": "side of a trial",
}


def tables() -> dict[str, dict[str, str]]:
    """Heading -> field -> type, as the page has them."""
    found: dict[str, dict[str, str]] = {}
    heading = ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ").strip()
        elif row := re.match(r"\| `(\w+)` \| (.+?) \|", line):
            found.setdefault(heading, {})[row[1]] = row[2]
    return found


def words(kind: Any) -> str:
    """A type in the words of the page."""
    match kind:
        case inspect.Metadata():
            return words(kind.type)
        case inspect.UnionType():
            parts = [words(part) for part in kind.types if not isinstance(part, inspect.NoneType)]
            if len(parts) == 1:
                return parts[0] + (", or null" if "," in parts[0] else " or null")
            return "text, number, true/false or null"
        case inspect.DictType():
            return f"object of text to {words(kind.value_type)}"
        case inspect.VarTupleType():
            plural = "s" if isinstance(kind.item_type, inspect.StructType) else ""
            return f"list of {words(kind.item_type).split(',')[0]}{plural}"
        case inspect.StructType():
            return NAMES[kind.cls.__name__]
    return single(kind)


def single(kind: Any) -> str:
    """A type that holds one value."""
    match kind:
        case inspect.StrType():
            return bounds("text", kind.min_length, kind.max_length, " characters", kind.pattern)
        case inspect.IntType():
            return bounds("whole number", kind.ge, kind.le)
        case inspect.FloatType(gt=None):
            return bounds("number", kind.ge, kind.le)
        case inspect.FloatType():
            return f"number, above {kind.gt:g}, up to {power(kind.le)}"
        case inspect.BoolType():
            return "true/false"
        case inspect.LiteralType():
            return "one of " + ", ".join(f"`{value}`" for value in sorted(map(str, kind.values)))
    raise AssertionError(f"the page has no words for {kind}")


def bounds(name: str, low: float | None, high: float | None, unit: str = "", pattern: str | None = None) -> str:
    if pattern:
        return f"{name}, matching `{pattern}`"
    if low is None and high is None:
        return name
    if high is None:
        return f"{name}, from {low:g}"
    if low is None:
        return f"{name}, up to {high}{unit}"
    return f"{name}, {low:g} to {power(high)}{unit}"


def power(value: float | None) -> str:
    """1e12 as `1e12`, 256 as `256`."""
    assert value is not None
    if isinstance(value, float) and value >= 1e6:
        return f"{value:.0e}".replace("e+0", "e").replace("e+", "e")
    return f"{value:g}" if isinstance(value, float) else str(value)


def described(kind: type[Event]) -> dict[str, str]:
    """Field -> type of one kind, in the words of the page."""
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    return {field.name: words(field.type) + (", required" if field.required else "") for field in info.fields}


def test_what_every_event_has() -> None:
    assert tables()["What every event has"] == described(Event)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_each_kind_stands_on_the_page_with_its_own_fields(name: str) -> None:
    shared = set(Event.__struct_fields__)
    own = {field: type_ for field, type_ in described(KINDS[name]).items() if field not in shared}
    assert tables()[name] == own


def test_no_kind_is_on_the_page_that_does_not_exist() -> None:
    assert set(tables()) == {"What every event has", *KINDS}


def test_the_example_is_an_event() -> None:
    block = re.search(r"```json\n(.+?)\n```", PAGE.read_text(encoding="utf-8"))
    assert block is not None
    event: AnyEvent = msgspec.json.decode(block[1], type=AnyEvent)
    assert event.subject == "ann"
