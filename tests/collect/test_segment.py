"""Segment's calls in our words: each deed, each name of the shop, and nothing lost on the way."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from salience.collect.accept import accept
from salience.collect.limits import Malformed, TooLarge
from salience.collect.mappings import mappings
from salience.collect.receipt import Receipt, Rejected
from salience.collect.segment import batch, collapsed, single
from salience.collect.sender import Door, Sender
from salience.events import AnyEvent, Event, Identify

NOW = 1_700_000_000_000
WHEN = "2023-11-14T22:13:20.000Z"  # NOW


def judged(message: dict[str, Any], *, public: bool = False, own: str = "") -> tuple[AnyEvent, ...]:
    """The events of one message, through the gate."""
    door = Door(mappings=mappings(own))
    call = batch(json.dumps({"batch": [message]}).encode(), own=door.mappings.names)
    sender = Sender(public=public, named=True, sent=call.sent)
    done = accept(call.parts[0], now=NOW, source="segment", sender=sender, door=door)
    assert not done.failed, done.failed
    return done.events


def track(event: str, **properties: Any) -> tuple[AnyEvent, ...]:
    sent = {"type": "track", "messageId": "m", "userId": "ann", "timestamp": WHEN}
    return judged({**sent, "event": event, "properties": properties})


def said(event: Event) -> dict[str, Any]:
    """What an event says of the deed itself."""
    shared = set(Event.__struct_fields__) - {"slot", "decision"}
    found = {name: getattr(event, name) for name in event.__struct_fields__ if name not in shared}
    return {"kind": event.kind} | {name: value for name, value in found.items() if value not in ("", 0, 0.0, {})}


TEA = {"product_id": "tea", "name": "Green tea", "price": "4.50", "quantity": 2, "currency": "EUR"}
CUP = {"sku": 77, "price": 9}


@pytest.mark.parametrize(
    ("event", "properties", "expected"),
    [
        ("Products Searched", {"query": "green"}, [{"kind": "search", "query": "green"}]),
        ("Product Viewed", TEA, [{"kind": "view", "item": "tea"}]),
        ("product viewed", {"id": 5}, [{"kind": "view", "item": "5"}]),
        ("Product Clicked", {**TEA, "position": 3}, [{"kind": "click", "item": "tea", "position": 3}]),
        (
            "Product Added",
            TEA,
            [{"kind": "cart", "item": "tea", "quantity": 2.0, "price": 4.5, "currency": "EUR"}],
        ),
        ("Product Added to Wishlist", TEA, [{"kind": "follow", "target": "tea"}]),
        ("Product Shared", {**TEA, "share_via": "mail"}, [{"kind": "share", "item": "tea", "channel": "mail"}]),
        ("Cart Shared", {"products": [TEA, CUP]}, [{"kind": "share", "item": "tea"}, {"kind": "share", "item": "77"}]),
        (
            "Product Reviewed",
            {"product_id": "tea", "rating": "4", "review_body": "Good."},
            [
                {"kind": "rating", "item": "tea", "value": 4.0, "low": 1.0, "high": 5.0},
                {"kind": "message", "item": "tea", "text": "Good.", "channel": "review"},
            ],
        ),
        (
            "Product List Viewed",
            {"list_id": "new", "products": [TEA, CUP]},
            [
                {"kind": "impression", "item": "tea", "slot": "new"},
                {"kind": "impression", "item": "77", "slot": "new", "position": 1},
            ],
        ),
        ("Promotion Viewed", {"promotion_id": "p1"}, [{"kind": "impression", "slot": "promotion:p1"}]),
        (
            "Order Completed",
            {"order_id": 9, "currency": "usd", "revenue": 18, "coupon": "X", "products": [TEA, CUP]},
            [
                {"kind": "purchase", "item": "tea", "quantity": 2.0, "price": 4.5, "currency": "EUR", "order": "9"},
                {"kind": "purchase", "item": "77", "quantity": 1, "price": 9.0, "currency": "USD", "order": "9"},
            ],
        ),
        (
            "Order Completed",
            {"order_id": "o", "product_id": "tea", "currency": "EUR"},
            [{"kind": "purchase", "item": "tea", "quantity": 1, "currency": "EUR", "order": "o"}],
        ),
    ],
)
def test_names_of_the_shop(event: str, properties: dict[str, Any], expected: list[dict[str, Any]]) -> None:
    assert [said(one) for one in track(event, **properties)] == expected


@pytest.mark.parametrize(
    "event",
    [
        "Product Removed",
        "Cart Viewed",
        "Checkout Started",
        "Checkout Step Completed",
        "Payment Info Entered",
        "Order Refunded",
        "Promotion Clicked",
        "Coupon Applied",
        "Quiz Done",
        "Order Completed",  # without a product in it
        "Product Viewed",
        "Product List Viewed",
    ],
)
def test_all_else_is_an_action_with_everything_that_it_said(event: str) -> None:
    (one,) = track(event, score=3, nested={"a": [1, {"b": None}]}, products=[{"name": "nameless"}])
    expected = {"score": 3, "nested.a.0": 1, "nested.a.1.b": None, "products.0.name": "nameless"}
    assert said(one) == {"kind": "action", "name": event, "properties": expected}


def test_what_is_no_field_of_ours_stays_with_the_event() -> None:
    first, second = track("Order Completed", order_id="o", coupon="X", products=[TEA, {**CUP, "brand": {"id": 1}}])
    assert first.context == {"event": "Order Completed", "properties.coupon": "X", "properties.name": "Green tea"}
    assert second.context == {"event": "Order Completed", "properties.brand.id": 1}
    assert (first.id, second.id) == ("m", "m:1")


def test_who_when_and_where_from() -> None:
    context = {
        "library": {"name": "analytics-python", "version": "2"},
        "userAgent": "Mozilla/5.0 (compatible; Googlebot/2.1)",
        "ip": "203.0.113.77",
        "locale": "de-DE",
        "timezone": "Europe/Berlin",
        "page": {"path": "/tea", "referrer": "https://a.example/?q=secret"},
        "campaign": {"name": "spring", "source": "mail"},
        "screen": {"width": 1},
        "sessionId": 12,
    }
    sent = {"type": "track", "event": "Quiz Done", "anonymousId": "v", "messageId": "m", "context": context}
    (one,) = judged({**sent, "originalTimestamp": "2023-11-14T22:00:00", "tenant_id": "x", "role": "admin"})
    assert (one.id, one.subject, one.session, one.time) == ("m", "anon:v", "12", NOW - 800_000)
    assert one.context == {
        "library": "analytics-python",
        "ip": "203.0.113.0",
        "locale": "de-DE",
        "timezone": "Europe/Berlin",
        "page": "/tea",
        "referrer": "https://a.example/",
        "campaign.name": "spring",
        "campaign.source": "mail",
        "bot": True,
    }


def test_a_wrong_clock_is_set_right_by_the_time_of_sending() -> None:
    message = {"type": "track", "event": "Product Viewed", "userId": "u", "properties": {"id": "tea"}}
    body = {"batch": [{**message, "timestamp": "2013-01-01T00:00:00Z"}], "sentAt": "2013-01-01T00:01:00Z"}
    call = batch(json.dumps(body).encode())
    done = accept(call.parts[0], now=NOW, source="segment", sender=Sender(named=True, sent=call.sent))
    assert done.events[0].time == NOW - 60_000
    assert "made from the content" in done.results[0].warning
    assert "clock is off" in done.results[0].warning


def test_pages_screens_groups_and_traits() -> None:
    who = {"messageId": "m", "userId": "ann"}
    address = {"url": "https://x.example/tea?mail=a@b.c#top", "title": "Tea", "referrer": "https://y.example/?q"}
    (page,) = judged({"type": "page", **who, "name": "Shelf", "properties": {**address, "plan": "pro"}})
    assert said(page) == {
        "kind": "page",
        "page": "https://x.example/tea",
        "title": "Tea",
        "referrer": "https://y.example/",
    }
    assert page.context == {"properties.plan": "pro", "properties.name": "Shelf"}
    (screen,) = judged({"type": "screen", **who, "name": "Home"})
    assert (said(screen), screen.context) == ({"kind": "page", "page": "Home"}, {"screen": True})
    (group,) = judged({"type": "group", **who, "groupId": 4, "traits": {"plan": {"name": "pro"}}})
    assert said(group) == {"kind": "identify", "traits": {"group": "4", "group.plan.name": "pro"}}
    for message in ({"traits": {"age": 3}}, {"context": {"traits": {"age": 3}}}):
        (one,) = judged({"type": "identify", **who, "anonymousId": "v", **message})
        assert said(one) == {"kind": "identify", "traits": {"age": 3}}
        assert one.anonymous == "v"


def test_an_alias_joins_the_earlier_id_of_a_user_or_of_a_visitor() -> None:
    made = judged({"type": "alias", "messageId": "m", "userId": "ann", "previousId": "v1"})
    assert [said(one)["previous"] for one in made] == ["v1", "anon:v1"]


def test_with_the_public_key_nobody_becomes_somebody_else() -> None:
    both = {"type": "identify", "messageId": "m", "userId": "ann", "anonymousId": "v", "traits": {"a": 1}}
    (one,) = judged(both, public=True)
    assert (one.user, one.anonymous, one.context) == ("ann", "", {"claimed_anonymous": "v"})
    call = batch(b'{"batch": [{"type": "alias", "userId": "ann", "previousId": "bob"}]}')
    done = accept(call.parts[0], now=NOW, source="segment", sender=Sender(public=True, named=True))
    assert not done.events
    assert "public key" in done.results[0].reason


def test_rules_of_the_workspace_come_before_ours() -> None:
    own = '[[rule]]\nname = "Product Viewed"\nkind = "click"\ntake = { item = "what.id" }'
    message = {"type": "track", "messageId": "m", "userId": "u", "event": "Product Viewed"}
    (one,) = judged({**message, "properties": {"what": {"id": 3}, "id": "tea"}}, own=own)
    assert said(one) == {"kind": "click", "item": "3"}
    assert one.context == {"properties.id": "tea", "event": "Product Viewed"}


@pytest.mark.parametrize(
    ("message", "says"),
    [
        (7, "must be a JSON object"),
        ({"userId": "u"}, "type: must be one of"),
        ({"type": "delete", "userId": "u"}, "type: must be one of"),
        ({"type": ["track"], "userId": "u"}, "type: must be one of"),
        ({"type": "track", "userId": "u"}, "event: is missing"),
        ({"type": "track", "userId": "u", "event": "x", "properties": []}, ""),
        ({"type": "track", "userId": "u", "event": "x", "properties": "no"}, "properties: must be an object"),
        ({"type": "group", "userId": "u"}, "groupId: is missing"),
        ({"type": "alias", "userId": "u"}, "previousId: is missing"),
        ({"type": "screen", "userId": "u"}, "name: is missing"),
        ({"type": "track", "userId": "u", "event": "x", "properties": {"a": "x" * 33_000}}, "has 33,"),
    ],
)
def test_a_message_that_is_none_is_kept_with_its_reason(message: Any, says: str) -> None:
    raw = json.dumps(message).encode()
    call = batch(b'{"batch": [' + raw + b"]}")
    if not says:
        assert isinstance(call.parts[0][0], dict)
        return
    (part,) = call.parts[0]
    assert isinstance(part, Rejected)
    assert part.raw == raw
    assert part.reason.startswith(says)


def test_a_body_that_is_no_call_is_refused() -> None:
    for body in (b"", b"[]", b"{}", b'{"batch": []}', b'{"batch": 1}', b"null", b'{"batch": [NaN]}', b'{"a":1,"a":2}'):
        with pytest.raises(Malformed):
            batch(body)
    for body in (b"", b"[]", b"42", b'"x"'):
        with pytest.raises(Malformed):
            single(body, "track")
    with pytest.raises(TooLarge):
        single(json.dumps({"event": "x" * 33_000}).encode(), "track")


def test_there_is_a_result_for_each_message() -> None:
    order = {"type": "track", "userId": "u", "event": "Order Completed", "messageId": "o"}
    products = [{"id": "tea"}, {"id": "cup", "quantity": -1}]
    body = json.dumps({"batch": [{**order, "properties": {"products": products}}, 7]}).encode()
    call = batch(body)
    parts = [part for some in call.parts for part in some]
    done = accept(parts, now=NOW, source="segment")
    results = collapsed(call, Receipt(3, 1, 0, 2, done.results))
    assert [(one.index, one.id, one.status) for one in results] == [(0, "o", "failed"), (1, "", "failed")]
    assert results[0].reason.startswith("quantity: ")


def test_external_ids_of_a_person_are_other_ids() -> None:
    external = [
        {"id": "77", "type": "loyalty_id", "collection": "users", "encoding": "none"},
        {"id": "Ann@Example.com", "type": "email"},
        {"id": "x", "type": "ga_client_id"},
        "nothing",
    ]
    (event,) = judged({"type": "identify", "messageId": "m", "userId": "ann", "context": {"externalIds": external}})
    assert isinstance(event, Identify)
    assert event.ids == {"loyalty": "77", "email": hashlib.sha256(b"ann@example.com").hexdigest()}
