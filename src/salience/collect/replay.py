"""A failed event judged anew, in whichever shape it came: ours, or a message in Segment's. Pure."""

from __future__ import annotations

import msgspec

from salience.collect.accept import accept
from salience.collect.receipt import Accepted, Rejected
from salience.collect.segment import batch
from salience.collect.sender import Door, Sender
from salience.events import InvalidInput

SEGMENT = "segment"
"""The source of what came by Segment's routes."""

_any = msgspec.json.Decoder()


def rejudged(raw: bytes, *, now: int, source: str, public: bool, door: Door) -> Accepted:
    """What `accept` says of the bytes of a failed event today; ``now`` is when they came, ms UTC.

    A message of Segment's may stand for several events (an order has products). They go in together or not at all: if
    one of them is still wrong, the answer has that fault alone and no events.

    >>> order = b'{"type":"track","messageId":"m1","userId":"ann","event":"Product Viewed","properties":{"sku":"tea"}}'
    >>> [event.id for event in rejudged(order, now=7, source="segment", public=False, door=Door()).events]
    ['m1']
    """
    message = _message(raw) if source == SEGMENT else None
    if message is None:
        sender = Sender(public=public, named=source == SEGMENT)
        return accept([raw], now=now, source=source, sender=sender, door=door)
    try:
        call = batch(b'{"batch":[' + message + b"]}", own=door.mappings.names)
    except InvalidInput as error:
        return accept([Rejected(raw, error.rule)], now=now, source=source)
    sender = Sender(public=public, named=True, sent=call.sent)
    judged = accept(call.parts[0], now=now, source=source, sender=sender, door=door)
    if not judged.failed:
        return judged
    at = next(index for index, result in enumerate(judged.results) if result.status == "failed")
    return Accepted((), judged.failed[:1], (judged.results[at],))


def _message(raw: bytes) -> bytes | None:
    """The bytes, if they are a message in Segment's shape; what was put in our words before it failed has a kind."""
    try:
        found = _any.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return raw if isinstance(found, dict) and "type" in found and "kind" not in found else None
