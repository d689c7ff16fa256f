from __future__ import annotations

from typing import Any

import msgspec
import pytest

from salience.events import InvalidInput
from salience.events.audience import AllOf, Did, SegmentRule, Silent, check


def rule(name: str, when: Any) -> SegmentRule:
    return msgspec.convert({"name": name, "when": when}, SegmentRule)


def test_the_grammar_reads_and_writes_json() -> None:
    made = rule(
        "x", {"op": "and", "of": [{"op": "did", "what": "purchase", "at_least": 2}, {"op": "silent", "days": 30}]}
    )
    assert made.when == AllOf(of=(Did(what="purchase", at_least=2), Silent(days=30)))
    assert msgspec.json.decode(msgspec.json.encode(made), type=SegmentRule) == made


@pytest.mark.parametrize(
    "when",
    [
        {"op": "eval", "code": "1"},
        {"op": "did"},
        {"op": "did", "what": "purchase", "at_least": 0},
        {"op": "did", "what": "purchase", "days": 3},
        {"op": "and", "of": []},
        {"op": "silent", "days": -1},
        "1 == 1",
    ],
)
def test_nothing_outside_the_grammar_is_read(when: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        rule("x", when)


def ask(name: str) -> dict[str, Any]:
    return {"op": "in-segment", "name": name}


def test_faults_are_named_with_their_place() -> None:
    silent = {"op": "silent", "days": 1}
    deep: dict[str, Any] = silent
    for _ in range(5):
        deep = {"op": "not", "of": deep}
    with pytest.raises(InvalidInput, match="at most 4 levels"):
        check([rule("a", deep)])
    with pytest.raises(InvalidInput, match="stands twice"):
        check([rule("a", silent), rule("a", silent)])
    with pytest.raises(InvalidInput, match=r"segments\[0\].when.of = 'b': is no segment"):
        check([rule("a", {"op": "not", "of": ask("b")})])
    with pytest.raises(InvalidInput, match="a -> b -> a"):
        check([rule("a", ask("b")), rule("b", ask("a"))])
    with pytest.raises(InvalidInput, match="more than 100"):
        check([rule("a", {"op": "or", "of": [{"op": "and", "of": [silent] * 60}] * 2})])
    check([rule("a", ask("b")), rule("b", silent), rule("c", {"op": "and", "of": [ask("a"), ask("b")]})])
