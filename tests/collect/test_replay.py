"""Failed events judged anew, in the shape they came in."""

import msgspec
import pytest

from salience.collect.limits import Malformed
from salience.collect.receipt import Rejected
from salience.collect.replay import rejudged
from salience.collect.segment import single
from salience.collect.sender import Door, Sender
from salience.engine import Engine

NOW = 1_767_225_600_000


def order(*products: str, **more: object) -> bytes:
    told = {
        "type": "track",
        "messageId": "m1",
        "userId": "ann",
        "event": "Order Completed",
        "properties": {"order_id": "o1", "products": [{"product_id": product, "price": 2} for product in products]},
    }
    return msgspec.json.encode({**told, **more})


def test_a_message_of_segments_is_read_as_its_route_reads_it() -> None:
    judged = rejudged(order("tea", "bread"), now=NOW, source="segment", public=False, door=Door())
    assert not judged.failed
    assert {item for event in judged.events for item in (getattr(event, "item", ""),)} == {"tea", "bread"}


def test_its_events_go_in_together_or_not_at_all() -> None:
    judged = rejudged(order("tea", "undefined"), now=NOW, source="segment", public=False, door=Door())
    assert not judged.events
    assert len(judged.failed) == len(judged.results) == 1
    assert judged.results[0].reason.startswith("item: ")


def test_the_same_bytes_from_elsewhere_are_no_message() -> None:
    assert rejudged(order("tea"), now=NOW, source="http", public=False, door=Door()).failed


def test_what_was_put_in_our_words_before_it_failed_is_read_in_them() -> None:
    ours = b'{"kind":"click","id":"m2","user":"ann","item":"tea"}'
    judged = rejudged(ours, now=NOW, source="segment", public=True, door=Door())
    assert [event.user for event in judged.events] == ["ann"], "Segment's keys may name who did something"


@pytest.mark.parametrize("raw", [b"", b"\xff", b"7", b"[]", b'{"type":"track"}', b'{"type":7}', b"[" * 500])
def test_nothing_raises(raw: bytes) -> None:
    judged = rejudged(raw, now=NOW, source="segment", public=False, door=Door())
    assert len(judged.failed) == len(judged.results) == 1


def test_a_message_that_is_too_deep_for_a_batch_stays_failed() -> None:
    deep = order("tea", context=msgspec.json.decode(b'{"a":' * 31 + b"1" + b"}" * 31))
    judged = rejudged(deep, now=NOW, source="segment", public=False, door=Door())
    assert len(judged.results) == 1


def test_what_is_kept_of_a_single_call_says_its_type() -> None:
    call = single(b'{"messageId":"m3","userId":"ann"}', "group")
    (part,) = call.parts[0]
    assert isinstance(part, Rejected)
    assert msgspec.json.decode(part.raw)["type"] == "group"
    with pytest.raises(Malformed):
        single(b"7", "group")


def test_a_mended_message_moves_from_failed_to_stored_once() -> None:
    with Engine.in_memory() as engine:
        sent = [Rejected(order("tea", "bread"), "refused by an older rule")]
        sender = Sender(public=True, named=True)
        assert engine.submit(sent, source="segment", sender=sender).result().failed == 1
        (failed,) = engine.log.failures()
        assert engine.replay_failed(failed.seq).status == "stored"
        assert engine.replay_failed(failed.seq).status == "duplicate"
        ledger = engine.log.ledger()
        assert (ledger.stored, ledger.failed, ledger.balanced) == (2, 0, True)
        assert all(event.source == "segment" and event.user == "ann" for _, event in engine.log.read())
