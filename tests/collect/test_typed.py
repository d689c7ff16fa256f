"""The short way of a body against the long one: the same events, results and faults, or no short way at all."""

from __future__ import annotations

import json
from typing import Any, get_args
from zlib import crc32

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salience.collect.accept import accept
from salience.collect.decode import Body, decoded, strict
from salience.collect.limits import PUBLIC, SECRET, Limits
from salience.collect.mappings import mappings
from salience.collect.receipt import Accepted
from salience.collect.sender import Door, Sender
from salience.collect.together import PLAIN
from salience.collect.typed import FLAT, UNBOUND, typed, typed_lines
from salience.events import AnyEvent, InvalidInput
from salience.events.kinds import tag
from salience.privacy.inventory import personal_fields

NOW = 1_800_000_000_000
CLICK: dict[str, Any] = {"kind": "click", "id": "e1", "user": "ann", "item": "tea", "time": NOW - 5}


def long_way(body: bytes, limits: Limits) -> Body:
    """The events of a body one by one, each of them looked at as closely as a line."""
    found = msgspec.json.decode(body, type=dict[str, msgspec.Raw])["events"] if body.startswith(b"{") else body
    raws = msgspec.json.decode(found, type=list[msgspec.Raw])
    for raw in raws:
        strict(bytes(raw), depth=limits.depth)
    return Body(raws)


def judged(body: Body, sender: Sender) -> Accepted:
    return accept(body, now=NOW, source="http", sender=sender, door=Door())


def stored(done: Accepted) -> list[tuple[Any, ...]]:
    """What the log would hold, read back."""
    found: list[tuple[Any, ...]] = []
    for event, row in zip(done.events, done.written or [None] * len(done.events), strict=True):
        body = msgspec.json.encode(event) if row is None else row.body
        about = (event.id, event.kind, event.subject, event.time) if row is None else tuple(row)[:4]
        strict(body)
        assert row is None or (row.crc == crc32(row.body) and not event.context)  # nothing personal unsealed
        assert body.startswith(b'{"kind"')
        found.append((*about, msgspec.json.decode(body, type=AnyEvent)))
    return found


def same(body: bytes, sender: Sender) -> bool:
    """Whether the short way was taken; fails if it comes to something else than the long one."""
    limits = PUBLIC if sender.public else SECRET
    short = typed(body, limits)
    if short is None:
        return False
    ours = judged(Body(lambda: long_way(body, limits).events, short.sent, short), sender)
    theirs = judged(long_way(body, limits), sender)
    assert stored(ours) == stored(theirs)
    assert ours.events == theirs.events
    assert ours.results == theirs.results
    assert ours.failed == theirs.failed
    return True


def body_of(*events: dict[str, Any], **around: Any) -> bytes:
    return json.dumps({"events": events, **around}, separators=(",", ":"), ensure_ascii=False).encode()


FIELDS = {tag(kind): (*kind.__struct_fields__, "kind") for kind in get_args(AnyEvent)}
ODD = ["Ann Lee", " ann", "null", "0", "anon:v", "source:x", "experiment:e", "-1", "Zoë", "a|b"]
names = st.sampled_from([*(f"name-{at}" for at in range(60)), *ODD])
values = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=9))
rows = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["click", "view", "click", "view", "rating", "search", "page", "identify", "consent"]),
        "id": names,
        "item": names,
        "query": names,
        "page": names,
        "value": st.integers(1, 6),
        "user": names,
    },
    optional={
        "anonymous": names,
        "time": st.sampled_from([NOW, NOW - 1, 5, NOW - 3 * 86_400_000, NOW + 2 * 86_400_000, "2026-01-01T00:00:00Z"]),
        "currency": st.sampled_from(["EUR", "ZZZ", "x"]),
        "context": st.dictionaries(names, values, max_size=2),
        "traits": st.dictionaries(names, values, max_size=2),
        "received": st.just(7),
        "position": st.integers(0, 40).map(lambda place: place or 2**65),
    },
)


@given(st.lists(rows, min_size=1, max_size=3), st.booleans(), st.booleans(), st.sampled_from([None, NOW, NOW - 9_000]))
@settings(max_examples=400, deadline=None)
def test_both_ways_come_to_the_same(events: list[dict[str, Any]], public: bool, ours: bool, sent: int | None) -> None:
    events = [{name: row[name] for name in row if name in FIELDS.get(row["kind"], row)} for row in events]
    body = body_of(*events, **({} if sent is None else {"sent": sent}))
    same(body, Sender(public=public, sent=sent or 0, agent="Googlebot" if ours else ""))


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"kind": "view", "dwell_ms": 7},
        {"user": "", "anonymous": "v1"},
        {"time": 0},
        {"context": {"page": "/tea", "n": 2**63 - 1}},
        {"kind": "rating", "value": 4},
        {"item": "Zoë"},
        {"item": "two words"},
        {"user": "loyalty:77"},
        {"received": 5, "source": "mine"},
    ],
)
@pytest.mark.parametrize("public", [False, True])
def test_what_usually_comes_goes_the_short_way(change: dict[str, Any], public: bool) -> None:
    event = {name: value for name, value in (CLICK | change).items() if value not in ("", 0)}
    if public and event.pop("user", ""):
        event["anonymous"] = "v1"
    assert same(body_of(event, event | {"id": "e2"}), Sender(public=public))
    assert same(json.dumps([event], ensure_ascii=False).encode(), Sender(public=public))


@pytest.mark.parametrize("person", [*ODD, "false", "N/A", "EXPERIMENT:e", "x" * 256, "d\x7fl"])
@pytest.mark.parametrize("public", [False, True])
@pytest.mark.parametrize("field", ["user", "anonymous", "item", "id"])
def test_odd_names_come_to_the_same(person: str, public: bool, field: str) -> None:
    event = {"kind": "click", "id": "e1", "item": "tea", "anonymous": "v1", field: person}
    same(body_of(event, CLICK | {"id": "e3"}), Sender(public=public))
    same(body_of(event, event | {"id": "e2"}), Sender(public=public))


@pytest.mark.parametrize("public", [False, True])
@pytest.mark.parametrize("sent", [0, NOW, NOW - 9_000])
@pytest.mark.parametrize("time", [1, NOW, NOW - 2 * 86_400_000, NOW - 2 * 86_400_000 - 1, NOW + 86_400_001])
def test_times_come_to_the_same(time: int, sent: int, public: bool) -> None:
    event = {"kind": "click", "id": "e1", "item": "tea", "anonymous": "v1", "time": time}
    assert same(body_of(event), Sender(public=public, sent=sent))


def test_a_visitor_faster_than_people_is_marked_on_the_short_way_too() -> None:
    acts = [{"kind": "click", "id": f"e{n}", "anonymous": "v", "item": "i", "time": NOW - 2_900 + n} for n in range(40)]
    assert same(body_of(*acts), Sender(public=True, sent=NOW))


@pytest.mark.parametrize(
    "body",
    [
        b'{"events":[{"kind":"click","id":"1","id":"2","user":"u","item":"a\\u0022:"}]}',
        b'{"events":[{"kind":"click","id":"1","id":"2","user":"u","item":"i"}]}',
        b'{"events":[{"kind":"click","id":"1","id" :"2","user":"u","item":"i"}]}',
        b'{"events":[{"kind":"click","id":"1","\\u0069d":"2","user":"u","item":"i"}]}',
        b'{"events":[{"kind":"click","id":"1","user":"u","item":"i","position":0,"item":"i","position":3}]}',
        b'{"events":[],"events":[{"kind":"click","id":"1","user":"u","item":"i"}]}',
        b'{"events":[{"kind":"click","id":"1","user":"u","item":"i","context":{"a":1,"a":2}}]}',
        b'{"events":[{"kind":"click","id":"1","user":"u","item":"i","context":{"a":9223372036854775808}}]}',
        b'{"events":[{"kind":"click","id":"1","user":"u","item":"i","position":9223372036854775808}]}',
        b'{"events":[{"kind":"click","id":"1","user":"u","item":"i","slot":""}]}',
        b'{"events":[{"kind":"click","id":"1","user":"u","item":"i"}],"sent":null}',
        b'{"events":[{"kind":"click","id":"1","user":"u","item":"\xff"}]}',
        b'{"events":[{"kind":"click","id":"1","user":"u","item":"i"}],}',
        b'{"events":[{"kind":"click","user":"u","item":"i"}]}',
        b"[]",
        b"",
    ],
)
def test_what_needs_a_closer_look_gets_it(body: bytes) -> None:
    assert typed(body, SECRET) is None


def test_limits_hold_on_the_short_way_too() -> None:
    assert typed(body_of(CLICK, CLICK | {"id": "e2"}), Limits(events=1)) is None
    assert typed(body_of(CLICK), Limits(event=60)) is None
    padded = body_of(CLICK).replace(b",", b"," + b" " * 100)
    assert typed(padded, Limits(event=200)) is None
    with pytest.raises(InvalidInput):
        decoded(body_of(CLICK, CLICK | {"id": "e2"}), limits=Limits(events=1))


def test_a_bad_event_sends_its_body_the_long_way_and_is_kept_as_it_came() -> None:
    bad = CLICK | {"id": "e2", "user": "anon:me"}
    raw = json.dumps(bad).encode()
    done = judged(decoded(b"[" + raw + b"," + json.dumps(CLICK).encode() + b"]", limits=SECRET), Sender())
    assert [one.raw for one in done.failed] == [raw]
    assert [event.id for event in done.events] == ["e1"]
    assert not done.written


def lines_of(*events: dict[str, Any]) -> list[bytes]:
    return [json.dumps(event).encode() for event in events]


def test_lines_go_the_short_way_too() -> None:
    rows = lines_of(CLICK, CLICK | {"id": "e2", "kind": "view"})
    done = accept(rows, now=NOW, source="f.jsonl")
    assert [event.id for event in done.events] == ["e1", "e2"]
    assert all(done.written)
    long = accept([msgspec.Raw(row) for row in rows], now=NOW, source="f.jsonl")
    assert (stored(done), done.results) == (stored(long), long.results)


@pytest.mark.parametrize(
    "rows",
    [
        [b'{"kind":"click","id":"1","user":"u"', b'"item":"i"}'],
        [b'{"kind":"click","id":"1","user":"u","item":"i"},{"kind":"click","id":"2","user":"u","item":"i"}', b""],
        [b'{"kind":"click","id":"1","user":"u","context":{"a":1}', b'{"item":"i"}}'],
        [b'{"kind":"click","id":"1","user":"u","item":"i"},{"kind":"click","id":"2","user":"u","item":"i"}'],
        [
            b'{"kind":"click","id":"1","user":"u","item":"i"}',
            b'{"kind":"click","id":"2","user":"u","item":"i","item":"j"}',
        ],
        [b'{"kind":"click","id":"1","user":"u","item":"i"}', {"kind": "click"}],
        [],
    ],
)
def test_lines_that_are_not_one_event_each_are_looked_at_one_by_one(rows: list[Any]) -> None:
    assert typed_lines(rows, SECRET) is None


def test_own_mappings_are_asked_on_the_short_way() -> None:
    own = mappings('[[rule]]\nname = "Bought"\nkind = "purchase"\ntake = { item = "sku" }\n')
    body = body_of({"kind": "action", "id": "1", "user": "u", "name": "Bought", "properties": {"sku": "tea"}})
    done = accept(decoded(body, limits=SECRET), now=NOW, source="http", door=Door(mappings=own))
    assert [event.kind for event in done.events] == ["purchase"]


def test_the_plain_kinds_hold_nothing_personal_but_their_context() -> None:
    assert all(personal_fields(tag(kind)) == ("context",) for kind in PLAIN)
    assert FLAT.issuperset(PLAIN)


def test_every_whole_number_without_an_upper_bound_is_looked_at() -> None:
    def unbound(of: Any) -> bool:
        return isinstance(of, msgspec.inspect.IntType) and of.le is None and of.lt is None

    found = {
        (kind, field.name)
        for kind in FLAT
        for field in msgspec.inspect.type_info(kind).fields  # type: ignore[attr-defined]
        if unbound(field.type)
    }
    assert found == set(UNBOUND.items())
