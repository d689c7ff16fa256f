"""Events and failures as columns of a table, and back: what every log that keeps them in a database shares.

A body is the event's JSON. A `Codec` may seal the personal fields in it on the way in and open them on the way out;
the checksum is that of the bytes that are stored, so damage is noticed before anything is opened.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from concurrent.futures import Future
from typing import Any, NamedTuple, Protocol, TypeAlias
from zlib import crc32

import msgspec

from salience.events import ANONYMOUS, AnyEvent, Follow, InvalidInput
from salience.events.written import Packed, Written
from salience.store.faults import Damaged
from salience.store.log import Appended, Failed

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(AnyEvent).decode
_PLAIN = b'{"kind"'
"""How the JSON of an event that nothing was sealed in begins."""


class Codec(Protocol):
    """Seals what is personal before it reaches the disk. `privacy.vault.Vault` does; `Plain` leaves all as it is."""

    def seal_all(self, events: Sequence[AnyEvent]) -> list[bytes]:
        """The bodies to store for these events, in their order; the JSON itself where nothing in one is personal."""
        ...

    def remember(self, bodies: Sequence[bytes], events: Sequence[AnyEvent]) -> None:
        """These bodies are opened next, and are of these events: what they are in the clear may be kept until then."""
        ...

    def open(self, body: bytes) -> bytes:
        """The JSON of a body that was sealed. `ValueError` if it is not as it was sealed, or was moved."""
        ...

    def seal_raw(self, raw: bytes, place: str) -> tuple[int, bytes]:
        """(key id, sealed bytes) of raw bytes that belong to ``place`` and nowhere else; key id 0: not sealed."""
        ...

    def open_raw(self, key: int, data: bytes, place: str) -> bytes:
        """The raw bytes again; empty once the key is destroyed. `ValueError` as for `open`."""
        ...

    def digest(self, data: bytes) -> bytes:
        """A fingerprint by which the same bytes are known again, and nothing else is learned."""
        ...

    def flush(self) -> None:
        """Make every key durable that a body sealed so far needs. `Unavailable` if the disk does not take it."""
        ...


class Plain:
    """Nothing is sealed: for tests, and for logs that hold nobody's data."""

    def seal_all(self, events: Sequence[AnyEvent]) -> list[bytes]:
        """The JSON as it is."""
        return [_encode(event) for event in events]

    def remember(self, bodies: Sequence[bytes], events: Sequence[AnyEvent]) -> None:
        """There is nothing to open."""

    def open(self, body: bytes) -> bytes:  # noqa: ARG002 - the contract's signature
        """There is no key here."""
        raise ValueError("it is sealed, and the log was opened without keys")

    def seal_raw(self, raw: bytes, place: str) -> tuple[int, bytes]:  # noqa: ARG002 - the contract's signature
        """As it is."""
        return 0, raw

    def open_raw(self, key: int, data: bytes, place: str) -> bytes:  # noqa: ARG002 - the contract's signature
        """As it is, if it is as it was."""
        if key:
            raise ValueError("it is sealed, and the log was opened without keys")
        return data

    def digest(self, data: bytes) -> bytes:
        """BLAKE2b: there is no key to make a better one with."""
        from hashlib import blake2b

        return blake2b(data, digest_size=16).digest()

    def flush(self) -> None:
        """There are no keys."""


Readable: TypeAlias = AnyEvent | bytes
"""An event, or its JSON in the clear."""


class FailedRow(NamedTuple):
    """One failed event as it is stored. ``digest`` is None where every arrival counts anew."""

    raw: bytes
    key: int
    reason: str
    received: int
    source: str
    schema: int
    public: bool
    digest: bytes | None


class Append:
    """One append on its way to the disk."""

    def __init__(
        self,
        events: list[Written] | Packed,
        failed: list[FailedRow],
        refused: int,
        replays: int = 0,
        kept: Sequence[Readable] | None = None,
    ) -> None:
        """``kept``: what reading the events back gives, or starts from, where that is known of all."""
        self.events, self.failed, self.refused, self.replays, self.kept = events, failed, refused, replays, kept
        self.rows = len(events) + len(failed) + 1
        self.size = sum(map(len, bodies_of(events))) + sum(len(one.raw) for one in failed)
        self.future: Future[Appended] = Future()
        self.future.set_running_or_notify_cancel()  # what is queued is written, even if nobody waits any longer

    def fail(self, error: Exception) -> None:
        """Nothing of it was acknowledged."""
        if not self.future.done():
            self.future.set_exception(error)


def bodies_of(rows: list[Written] | Packed) -> Sequence[bytes]:
    """Their bodies."""
    return rows.column("body") if isinstance(rows, Packed) else [row.body for row in rows]


def rows_of(events: Sequence[AnyEvent | Written], codec: Codec) -> list[Written] | Packed:
    """The columns of events."""
    if isinstance(events, Packed):
        return events
    fresh = [event for event in events if not isinstance(event, Written)]
    bodies = iter(codec.seal_all(fresh)) if fresh else iter(())
    return [event if isinstance(event, Written) else _row_of(event, next(bodies)) for event in events]


def read_back(events: Sequence[AnyEvent | Written]) -> list[AnyEvent]:
    """What reading each event back gives; `InvalidInput` for one that cannot be. Those written already are left out."""
    if isinstance(events, Packed):
        return []
    return [_read_back(event) for event in events if not isinstance(event, Written)]


def _read_back(event: AnyEvent) -> AnyEvent:
    try:
        again: AnyEvent = _decode(_encode(event))
    except (UnicodeEncodeError, OverflowError, msgspec.MsgspecError) as error:
        raise InvalidInput("event", event.id, f"cannot be read back: {error}", "pass it through `collect`") from error
    return again


def _row_of(event: AnyEvent, body: bytes) -> Written:
    return Written(event.id, event.kind, event.subject, event.time, body, crc32(body))


def failed_row_of(one: Failed, codec: Codec) -> FailedRow:
    """The columns of a failed event."""
    # a reason may quote a name that the sender chose; a database of text does not take the character 0
    reason = one.reason.replace("\0", "\\0")
    key, raw = codec.seal_raw(one.raw, _place(reason, one.received, one.source))
    digest = codec.digest(b"\0".join((one.source.encode("utf-8", "replace"), one.raw))) if one.once else None
    return FailedRow(raw, key, reason, one.received, one.source, one.schema, one.public, digest)


def is_sealed(body: bytes) -> bool:
    """Whether anything in a stored body is sealed."""
    return bool(body) and not body.startswith(_PLAIN)


def event_of(row: int, body: bytes, crc: int, codec: Codec) -> AnyEvent:
    """The event of a stored row; `Damaged` if it is not what was written there."""
    if crc32(body) != crc:
        raise Damaged(f"event row {row}", "checksum differs")
    try:
        event: AnyEvent = _decode(body if body.startswith(_PLAIN) else codec.open(body))
    except (ValueError, msgspec.MsgspecError) as error:
        raise Damaged(f"event row {row}", str(error)) from error
    return event


def readable(one: Readable) -> AnyEvent:
    """The event."""
    event: AnyEvent = _decode(one) if isinstance(one, bytes) else one
    return event


def failed_of(values: Sequence[Any], codec: Codec) -> Failed:
    """A failed event from (seq, raw, key, reason, received, source, schema, public, replayed)."""
    seq, sealed, key, reason, received, source, schema, public, replayed = values
    try:
        raw = codec.open_raw(key, bytes(sealed), _place(reason, received, source)) if sealed else b""
    except ValueError as error:
        raise Damaged(f"failed row {seq}", str(error)) from error
    return Failed(raw, reason, received, seq, source, schema, bool(public), replayed=bool(replayed))


def names_of(subjects: Sequence[str]) -> frozenset[str]:
    """Every way of writing these people's ids: the subject, and the anonymous id without our prefix."""
    return frozenset((*subjects, *(subject.removeprefix(ANONYMOUS) for subject in subjects)))


def mentions(event: AnyEvent, names: Collection[str]) -> bool:
    """Whether a row of somebody else names one of these people."""
    return isinstance(event, Follow) and event.target in names


def names_any(raw: bytes, names: Collection[str]) -> bool:
    """Whether raw bytes that nobody could read hold one of these names as a word of its own."""
    return any(
        re.search(rb"(?<![\w.@-])" + re.escape(name.encode("utf-8", "surrogatepass")) + rb"(?![\w.@-])", raw)
        or json_text(name) in raw
        for name in names
    )


def json_text(name: str) -> bytes:
    """A name as it stands in JSON that writes everything but ASCII as escapes."""
    return json.dumps(name).encode()


def _place(reason: str, received: int, source: str) -> str:
    """What the raw bytes of a failed row are bound to: the row's own number is not known before it is stored."""
    return f"{received} {source} {reason}"
