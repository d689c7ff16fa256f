"""Bodies: strict JSON in one of three forms, within limits."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salience.collect.decode import decode, strict
from salience.collect.limits import Limits, Malformed, TooLarge
from salience.collect.receipt import Rejected
from salience.events import InvalidInput

ONE = b'{"kind":"click"}'


def test_three_forms() -> None:
    def found(body: bytes, *, lines: bool = False) -> list[bytes]:
        return [bytes(raw) for raw in decode(body, lines=lines) if not isinstance(raw, Rejected)]

    assert found(b'{"events":[' + ONE + b", " + ONE + b"]}") == [ONE, ONE]
    assert found(b" [" + ONE + b"]\n") == [ONE]
    assert found(ONE + b"\r\n\n" + ONE, lines=True) == [ONE + b"\r", ONE]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "must be strict JSON"),
        (b"  ", "must be strict JSON"),
        (b"null", "must be an object or a list"),
        (b"42", "must be an object or a list"),
        (b'"x"', "must be an object or a list"),
        (b"[]", "must hold at least one event"),
        (b'{"events":[]}', "must hold at least one event"),
        (b'{"events":{}}', "Expected `array`"),
        (b'{"event":[1]}', "unknown field `event`"),
        (b'{"events":[1],"tenant_id":"other"}', "unknown field `tenant_id`"),
        (b"[1,]", "trailing comma"),
        (b"[1] // one", "trailing characters"),
        (b"[1] [2]", "trailing characters"),
        (b"[NaN]", "must be strict JSON"),
        (b"[Infinity]", "must be strict JSON"),
        (b"[-Infinity]", "must be strict JSON"),
        (b"{'a':1}", "must be strict JSON"),
        (b'["\xff"]', "must be strict JSON"),
        (b'["\xed\xa0\x80"]', "must be strict JSON"),
        (b'["\\ud800"]', "must be strict JSON"),
        (b'["\\udc00\\ud800"]', "must be strict JSON"),
        (b'["a\x00b"]', "must be strict JSON"),
        (b"\xef\xbb\xbf[1]", "must be strict JSON"),
        (b'[{"a":1,"a":2}]', "must not repeat a name"),
        (b'[{"a":{"b":[{"c":1,"d":2,"c" \t\n: 3}]}}]', "must not repeat a name"),
        (b'[{"a":1,"\\u0061":2}]', "must not repeat a name"),
        (b"[" * 100_000, "must not nest deeper than 32"),
        (b"[" * 100_000 + b"]" * 100_000, "must not nest deeper than 32"),
        (b"[" * 33 + b"1" + b"]" * 33, "must not nest deeper than 32"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "must not nest deeper than 32"),
    ],
)
def test_what_is_no_strict_json_of_these_forms_is_malformed(body: bytes, says: str) -> None:
    with pytest.raises(Malformed, match=re.escape(says)):
        decode(body)


@pytest.mark.parametrize("number", ["9" * 5000, "1e999", "9223372036854775808", "-9223372036854775809", "[[1e400]]"])
def test_numbers_that_do_not_fit_are_invalid(number: str) -> None:
    with pytest.raises(InvalidInput, match="fit") as refused:
        decode(f'[{{"a": {number}}}]'.encode())
    assert not isinstance(refused.value, Malformed)


def test_what_is_allowed_is_not_refused() -> None:
    deep = b"[" * 32 + b"9223372036854775807" + b"]" * 32
    assert strict(deep) is not None
    tricky = {'a": "b': '"a": {"a":', "\\": ":", "": [{"a": 1}, {"a": 2}], 'é"': '\\":'}
    assert strict(json.dumps(tricky).encode()) == tricky
    assert strict(json.dumps(tricky, ensure_ascii=False, indent=1).encode()) == tricky


def test_every_limit_is_named() -> None:
    limits = Limits(body=30, events=2)
    with pytest.raises(TooLarge, match=r"body = '31 bytes': must have at most 30"):
        decode(b"[" + b" " * 29 + b"]", limits=limits)
    with pytest.raises(TooLarge, match=r"events = 3: must be at most 2 in one body"):
        decode(b"[1,2,3]", limits=limits)
    with pytest.raises(TooLarge, match="events = 3"):
        decode(b"1\n2\n3", limits=limits, lines=True)
    with pytest.raises(Malformed, match="must not nest deeper than 2"):
        decode(b"[[[]]]", limits=Limits(depth=2))


def test_a_bad_line_is_named_and_the_others_are_taken() -> None:
    good, bad = decode(ONE + b"\n\n{", lines=True)
    assert not isinstance(good, Rejected)
    assert bytes(good) == ONE
    assert isinstance(bad, Rejected)
    assert (bad.line, bad.raw) == (3, b"{")
    assert bad.reason.startswith("line 3: must be strict JSON")
    with pytest.raises(Malformed, match="line 2"):
        decode(b"\n{\n[", lines=True)
    with pytest.raises(Malformed, match="at least one"):
        decode(b"\n\n", lines=True)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(':"\\a ', max_size=4), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None)
@given(JSON)
def test_any_json_value_is_strict(value: Any) -> None:
    assert strict(json.dumps(value).encode()) == json.loads(json.dumps(value))


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.text(':"\\a ', max_size=3), JSON, min_size=1, max_size=4), st.data())
def test_one_repeated_name_anywhere_is_found(value: dict[str, Any], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(value)))
    body = json.dumps(value)
    twice = f"{body[:-1]}, {json.dumps(name)}: 1}}"
    with pytest.raises(Malformed, match="repeat"):
        strict(f"[[{twice}]]".encode())


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60) | st.text('[]{}",:0\\ntfu-e. ', max_size=40).map(str.encode))
def test_any_bytes_are_decoded_or_refused(body: bytes) -> None:
    try:
        events = decode(body)
    except InvalidInput:
        return
    value = json.loads(body)
    assert len(events) == len(value if isinstance(value, list) else value["events"])
