"""The gate: each event judged on its own, nothing lost, nothing raised."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salience.collect.accept import Sent, accept
from salience.collect.decode import decode
from salience.collect.limits import Limits
from salience.collect.receipt import Accepted, Rejected
from salience.events import AnyEvent, Click, Consent, Decision, Event, Identify, Item, Rating, View

NOW = 1_700_000_000_000
DAY = 86_400_000


def judge(*sent: Sent, public: bool = False, limits: Limits | None = None) -> Accepted:
    return accept(sent, now=NOW, source="test", public=public, limits=limits)


def one(sent: Sent, *, public: bool = False) -> AnyEvent:
    judged = judge(sent, public=public)
    assert judged.results[0].status == "stored", judged.results[0].reason
    return judged.events[0]


def reason(sent: Sent, *, public: bool = False, limits: Limits | None = None) -> str:
    judged = judge(sent, public=public, limits=limits)
    assert judged.events == ()
    assert judged.results[0].reason == judged.failed[0].reason
    return judged.results[0].reason


def warning(sent: Sent, *, public: bool = False) -> str:
    return judge(sent, public=public).results[0].warning


def click(**fields: Any) -> dict[str, Any]:
    return {"kind": "click", "id": "e1", "user": "ann", "item": "tea", "time": NOW - 5, **fields}


def test_an_event_is_stamped_and_comes_out_typed() -> None:
    expected = Click(id="e1", user="ann", item="tea", time=NOW - 5, received=NOW, source="test")
    body = json.dumps(click()).encode()
    for sent in (click(), body, decode(b"[" + body + b"]")[0], Click(id="e1", user="ann", item="tea", time=NOW - 5)):
        assert one(sent) == expected


def test_a_bad_event_never_sinks_its_batch() -> None:
    judged = judge(click(id="a"), b"{", click(id="b", item=""), 7, click(id="c"))  # type: ignore[arg-type]
    assert [event.id for event in judged.events] == ["a", "c"]
    assert [(result.index, result.status) for result in judged.results] == [
        (0, "stored"),
        (1, "failed"),
        (2, "failed"),
        (3, "failed"),
        (4, "stored"),
    ]
    assert judged.failed[0].raw == b"{"
    assert all(failed.received == NOW and failed.reason for failed in judged.failed)


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        (click(item=7), "item: expected `str`, got `int`"),
        (click(item=""), "item: expected `str` of length >= 1"),
        (click(item="x" * 257), "item: expected `str` of length <= 256"),
        (click(colour="red"), "colour: is not a field of this kind of event"),
        (click(tenant_id="other"), "tenant_id: is not a field of this kind of event"),
        (click(kind="buy"), "kind: is none of the known kinds of event"),
        ({"id": "e1", "user": "ann"}, "kind: is missing"),
        ({"kind": "click", "id": "e1", "user": "ann"}, "item: is missing"),
        (click(user=""), "user: is missing; so is `anonymous`: an event must say whose it is"),
        (click(user="anon:v1"), "user: must not begin with 'anon:': send it as `anonymous`"),
        (click(user="a\x00b"), "user: must not hold control characters"),
        (click(item="a\nb"), "item: must not hold control characters"),
        (click(id="  "), "id: must not be blank"),
        (click(context={"a\x00": 1}), "context: a name must not hold control characters"),
        (click(context={"a": "\x00"}), "context: must not hold NUL"),
        (click(context={"a": {"b": 1}}), "context[...]: expected `bool | int | float | str | null`, got `object`"),
        (click(context={str(n): n for n in range(257)}), "context: has 257 names, at most 256 are taken"),
        (click(time="yesterday"), "time: must be ms since 1970-01-01 UTC as an integer, or RFC 3339 text"),
        (click(time="2026-01-01T00:00:00"), "time: must say its offset from UTC, e.g. 2026-01-31T12:00:00Z"),
        (click(time=-1), "time: must not lie before 1970"),
        (click(time=1.5), "time: must be ms since 1970-01-01 UTC as an integer, or RFC 3339 text"),
        (click(time=True), "time: must be ms since 1970-01-01 UTC as an integer, or RFC 3339 text"),
        (click(time=None), "time: must be ms since 1970-01-01 UTC as an integer, or RFC 3339 text"),
        (b'{"kind":"click","user":"a","user":"b","item":"i"}', "must not repeat a name within an object"),
        (b"[]", "must be a JSON object"),
        (b"\xff", "must be strict JSON"),
        (click(item="\ud800"), "must be strict JSON"),
    ],
)
def test_the_reason_names_the_path_and_the_rule(sent: Sent, says: str) -> None:
    assert reason(sent).startswith(says)


@pytest.mark.parametrize("nobody", ["null", "undefined", "[object Object]", "NaN", "none", "NULL", "None", " null "])
def test_a_missing_id_in_disguise_merges_no_strangers(nobody: str) -> None:
    for field in ("id", "user", "anonymous", "session", "item", "decision"):
        assert reason(click(**{field: nobody})) == f"{field}: must not be {nobody.strip()!r}: that is a missing id"
    assert reason(Click(id="e1", user=nobody, item="tea")).startswith("user: must not be")


@pytest.mark.parametrize("nobody", ["true", "False", "{}", '""', "-1", "distinct_id", "N/A", "Guest", "(null)"])
def test_what_stands_for_nobody_in_particular_is_no_person_but_may_be_an_item(nobody: str) -> None:
    for who in ("user", "anonymous"):
        judged = accept([{"kind": "click", "id": "1", who: nobody, "item": "tea"}], now=NOW, source="t")
        assert judged.results[0].reason.endswith("that is nobody in particular")
    assert accept([{"kind": "click", "id": "1", "user": "ann", "item": nobody}], now=NOW, source="t").events


@pytest.mark.parametrize("mark", ["\u200b", "\u202e", "\ufeff", "\u2066"])
def test_marks_that_nobody_sees_make_no_second_person(mark: str) -> None:
    judged = accept([{"kind": "click", "id": "1", "user": f"an{mark}n", "item": "tea"}], now=NOW, source="t")
    assert judged.results[0].reason == "user: must not hold marks that nobody can see"


def test_white_space_around_an_id_is_no_part_of_it_and_joiners_stay() -> None:
    judged = accept([{"kind": "click", "id": " 1 ", "user": " ann\u3000", "item": "👩\u200d👧"}], now=NOW, source="t")
    assert [(event.id, event.user, event.item) for event in judged.events if isinstance(event, Click)] == [
        ("1", "ann", "👩\u200d👧")
    ]


def test_a_user_called_0_is_nobody_over_http_but_the_first_one_in_a_file() -> None:
    assert reason(click(user="0")) == "user: must not be '0': that is a missing id"
    assert one(Click(id="e1", user="0", item="0")).user == "0"
    assert one(click(item="0")).kind == "click"


def test_ids_and_names_have_one_form_nfc() -> None:
    composed, decomposed = "Zo\u00eb", "Zoe\u0308"
    event = one({"kind": "identify", "id": decomposed, "user": decomposed, "traits": {decomposed: decomposed}})
    assert isinstance(event, Identify)
    assert (event.id, event.user) == (composed, composed)
    assert event.traits == {composed: decomposed}  # values are what people wrote
    twice = {"kind": "identify", "id": "e", "user": "u", "traits": {composed: 1, decomposed: 2}}
    assert reason(twice) == "traits: must not repeat a name"
    grows = "\ufb1d" * 200  # NFC makes two characters of each
    assert reason(click(user=grows)) == "user: must have at most 256 characters"


def test_time_may_be_text_and_may_be_missing() -> None:
    assert one(click(time="2023-11-14T23:13:19.995+01:00")).time == NOW - 5
    assert one({"kind": "click", "id": "e1", "user": "ann", "item": "tea"}).time == NOW
    assert one(click(time=0)).time == NOW


@pytest.mark.parametrize("ahead", [NOW + 2 * DAY, NOW + 3650 * DAY, "2190-01-01T00:00:00Z", 10**18])
def test_a_clock_far_ahead_is_set_to_now_and_flagged(ahead: Any) -> None:
    assert one(click(time=ahead)).time == NOW
    assert warning(click(time=ahead)) == "time: lies more than 24 h ahead, set to the time of receipt"


def test_a_clock_a_little_ahead_or_far_behind_is_believed() -> None:
    for time in (NOW + DAY, NOW - 3650 * DAY, 1):
        assert one(click(time=time)).time == time
        assert warning(click(time=time)) == ""


def test_received_and_source_are_ours() -> None:
    for sent in (click(received=1, source="me"), click(received="x", source=3), Click(**_fields(), received=1)):
        event = one(sent)
        assert (event.received, event.source) == (NOW, "test")


def _fields() -> dict[str, Any]:
    return {"id": "e1", "user": "ann", "item": "tea"}


def test_a_missing_id_is_made_from_the_content() -> None:
    nameless = {"kind": "click", "user": "ann", "item": "tea", "time": 5}
    first, again, other = one(nameless), one(dict(reversed(nameless.items()))), one({**nameless, "time": 6})
    assert first.id == again.id != other.id
    assert first.id.startswith("c-")
    assert "made from the content" in warning(nameless)
    assert one({**nameless, "time": "1970-01-01T00:00:00.005Z"}).id == first.id


def test_a_decision_is_made_here_only() -> None:
    decision = Decision(id="d1", user="ann", items=(), rung="empty", seed=1, as_of=0)
    for sent in (decision, msgspec.json.encode(decision)):
        assert reason(sent) == "kind: must not be 'decision': those are made here"


def test_items_need_nobody_and_aliases_need_a_user() -> None:
    assert one({"kind": "item", "id": "i1", "item": "tea", "categories": ["a", "a", "b"]}) == Item(
        id="i1", item="tea", categories=("a", "b"), time=NOW, received=NOW, source="test"
    )
    assert reason({"kind": "alias", "id": "a", "anonymous": "v1", "previous": "v1"}).startswith("user: is missing")


@pytest.mark.parametrize(
    ("scale", "says"),
    [
        ({"value": 6}, "value: must lie between `low` and `high`"),
        ({"value": 0.5}, "value: must lie between `low` and `high`"),
        ({"value": 3, "low": 5, "high": 1}, "low: must be smaller than `high`, both finite"),
        ({"value": 3, "low": 3, "high": 3}, "low: must be smaller than `high`, both finite"),
    ],
)
def test_a_rating_lies_on_its_scale(scale: dict[str, float], says: str) -> None:
    assert reason({"kind": "rating", "id": "r1", "user": "ann", "item": "tea", **scale}) == says
    low, high = scale.get("low", 1), scale.get("high", 5)
    assert reason(Rating(id="r1", user="ann", item="tea", value=scale["value"], low=low, high=high)) == says


@pytest.mark.parametrize(
    ("sale", "says"),
    [
        ({"price": -1}, "price: expected `float` >= 0"),
        ({"quantity": 1e9}, "quantity: expected `float` <= 1000000.0"),
        ({"quantity": 0}, "quantity: expected `float` > 0"),
        ({"currency": "ZZZ"}, "currency: must be a currency in use (ISO 4217)"),
        ({"currency": "eur"}, "currency: expected `str` matching regex"),
    ],
)
def test_a_sale_adds_up(sale: dict[str, Any], says: str) -> None:
    for kind in ("purchase", "cart"):
        sent = {"kind": kind, "id": "p1", "user": "ann", "item": "tea", "price": 2, "currency": "EUR"}
        assert one(sent).kind == kind
        assert reason({**sent, **sale}).startswith(says)


def test_a_typed_event_is_checked_like_any_other_and_left_as_it_was() -> None:
    mine = View(id="e1", user="ann", item="tea")
    assert one(mine).received == NOW
    assert mine.received == 0
    assert reason(View(id="e1", user="ann", item="")) == "item: expected `str` of length >= 1"
    assert reason(View(id="e1", user="ann", item="\ud800")).startswith("cannot be written as JSON")
    assert reason(Rating(id="e1", user="ann", item="tea", value=float("nan"))).startswith("value: expected `float`")


def test_a_row_that_an_importer_rejected_is_kept_as_failed() -> None:
    judged = judge(Rejected(b"a,b,c", "line 7: has 3 cells", line=7), click())
    assert judged.failed == (Rejected(b"a,b,c", "line 7: has 3 cells", NOW, 7),)
    assert len(judged.events) == 1


def test_an_event_may_be_only_so_large() -> None:
    large = anonymous(context={"a": "x" * 40_000})
    assert reason(large, public=True) == f"has {len(msgspec.json.encode(large)):,} bytes, at most 32,768 are taken"
    assert one(large).context["a"]  # a secret key may send whole catalogues
    assert reason(large, limits=Limits(event=100)).endswith("at most 100 are taken")


def test_machines_are_marked_and_kept() -> None:
    event = one(click(context={"user_agent": "Googlebot/2.1 (+http://www.google.com/bot.html)", "page": "/"}))
    assert event.context["bot"] is True
    assert "bot" not in one(click(context={"user_agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0"})).context


def anonymous(**fields: Any) -> dict[str, Any]:
    return {"kind": "click", "id": "e1", "anonymous": "v1", "item": "tea", **fields}


def test_a_public_key_speaks_for_its_own_browser() -> None:
    assert one(anonymous(), public=True).anonymous == "v1"
    traits = {"kind": "identify", "id": "e1", "anonymous": "v1", "traits": {"age": 3}}
    assert one(traits, public=True).kind == "identify"


@pytest.mark.parametrize(
    "sent",
    [
        anonymous(user="ann"),
        {"kind": "identify", "id": "e1", "user": "ann", "traits": {}},
        {"kind": "alias", "id": "e1", "user": "ann", "previous": "v1"},
        {"kind": "alias", "id": "e1", "anonymous": "v1", "previous": "v2"},
        {"kind": "consent", "id": "e1", "user": "ann", "purposes": {"marketing": False}},
        {"kind": "item", "id": "e1", "item": "tea", "title": "Bad tea"},
        Item(id="e1", item="tea"),
    ],
)
def test_a_public_key_names_no_known_user_and_changes_no_catalogue(sent: Sent) -> None:
    assert "must not" in reason(sent, public=True) or "is missing" in reason(sent, public=True)


def test_a_public_key_makes_consent_only_stricter() -> None:
    choice = {"kind": "consent", "id": "e1", "anonymous": "v1", "purposes": {"marketing": True, "analytics": False}}
    event = one(choice, public=True)
    assert isinstance(event, Consent)
    assert event.purposes == {"analytics": False}  # refusing the whole event would lose the withdrawal
    assert "cannot grant" in warning(choice, public=True)
    assert reason({**choice, "purposes": {"marketing": True}}, public=True).startswith("purposes: must not be granted")
    with_secret = one(choice)
    assert isinstance(with_secret, Consent)
    assert with_secret.purposes == choice["purposes"]


KINDS = st.sampled_from(
    ["view", "click", "rating", "search", "share", "consent", "identify", "alias", "item", "decision", "outcome", "?"]
)
NAMES = st.sampled_from(["ann", "", "null", "anon:x", "\x00", "Zoe\u0308", "\ufb1d" * 200, "x" * 300, "0", "\ud800"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3) | NAMES, inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    [
        "id",
        "user",
        "anonymous",
        "session",
        "time",
        "received",
        "source",
        "decision",
        "slot",
        "context",
        "item",
        "value",
        "low",
        "high",
        "traits",
        "purposes",
        "previous",
        "title",
        "categories",
        "attributes",
        "query",
        "text",
        "metric",
    ]
)
EVENTS = st.builds(lambda kind, fields: {"kind": kind, **fields}, KINDS, st.dictionaries(FIELDS, VALUES | NAMES))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        EVENTS
        | EVENTS.map(lambda event: json.dumps(event).encode("utf-8", "surrogatepass"))
        | VALUES.map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass"))
        | st.binary(max_size=30)
        | VALUES,
        max_size=4,
    ),
    st.booleans(),
)
def test_whatever_comes_gets_a_result_and_what_is_accepted_can_be_read_back(batch: list[Any], public: bool) -> None:
    judged = accept(batch, now=NOW, source="test", public=public)
    assert [result.index for result in judged.results] == list(range(len(batch)))
    assert len(judged.events) + len(judged.failed) == len(batch)
    for event in judged.events:
        assert isinstance(event, Event)
        assert msgspec.json.decode(msgspec.json.encode(event), type=AnyEvent) == event
        assert 0 < event.time <= NOW + DAY
        assert not (public and event.user)
    for failed in judged.failed:
        assert isinstance(failed.raw, bytes)
        assert failed.reason


def test_a_number_under_a_name_that_others_use_for_an_id_is_no_id() -> None:
    """The version of a ranking counts; that of a notice is text. One in a body must not sink the others."""
    ranked: dict[str, Any] = {"kind": "ranked", "id": "r", "anonymous": "v", "loop": "l", "version": 3}
    ranked |= {"offered": [], "placed": [], "seed": 1, "as_of": 1}
    click = {"kind": "click", "id": "c", "anonymous": "v", "item": "tea"}
    judged = accept([json.dumps(one).encode() for one in (ranked, click)], now=7, source="test")
    assert [event.id for event in judged.events] == ["c"]
    assert len(judged.failed) == 1


@pytest.mark.parametrize("field", ["tcf", "gpp"])
@pytest.mark.parametrize("value", ["A" * 20_000, 17, ["CP"], {"x": 1}, True])
def test_a_consent_string_that_cannot_be_held_is_no_consent_and_not_silence(field: str, value: Any) -> None:
    """A failed event would leave the person with the region's default, which may allow what the string forbade."""
    sent = {"kind": "consent", "id": "c", "user": "ann", field: value, "purposes": {"analytics": True}}
    judged = accept([json.dumps(sent).encode()], now=NOW, source="test")
    assert judged.failed == ()
    (event,) = judged.events
    assert isinstance(event, Consent)
    assert not any(event.purposes.values())
    assert field in judged.results[0].warning
    assert "A" * 99 not in getattr(event, field)
