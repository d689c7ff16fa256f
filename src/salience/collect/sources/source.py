"""The contract of a stream: open it at a place, take what comes next, close it. Places are the stream's own words."""

from __future__ import annotations

import asyncio
from typing import NamedTuple, Protocol

import msgspec

from salience.events import InvalidInput

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


class Taken(NamedTuple):
    """Messages in order, and the place behind the last of them."""

    messages: tuple[bytes, ...]
    place: str


class Source(Protocol):
    """One stream. ``name`` is the same for the same stream for ever: its place is remembered under it."""

    name: str

    def open(self, place: str) -> None:
        """Connect, and go to ``place``; "" is the oldest message there is. `Unreachable` if that fails."""
        ...

    def take(self, most: int, seconds: float) -> Taken:
        """Up to ``most`` messages, waiting at most ``seconds`` for the first. None is no error."""
        ...

    def close(self) -> None:
        """Disconnect; never raises."""
        ...


class Unreachable(RuntimeError):  # noqa: N818 - it says what is the case
    """The stream does not answer now. Nothing is lost: reading goes on from the stored place."""


def identified(message: bytes, at: str) -> bytes:
    """The message, with an id made of where it stood if it has none. What is no JSON object stays as it is.

    Two equal messages at two places are two events, one message read twice is one.

    >>> identified(b'{"kind":"click","user":"ann","item":"tea"}', "kafka:clicks:0:7")
    b'{"kind":"click","user":"ann","item":"tea","id":"kafka:clicks:0:7"}'
    >>> identified(b'{"id":"e1"}', "kafka:clicks:0:8"), identified(b'oops', "kafka:clicks:0:9")
    (b'{"id":"e1"}', b'oops')
    """
    try:
        fields = _decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return message
    if not isinstance(fields, dict) or "id" in fields or "messageId" in fields:
        return message
    # Written into the bytes, not encoded anew: a repeated key or a NaN must still be seen, and refused, at the door.
    body = message.rstrip()
    return body[:-1].rstrip() + (b"," if fields else b"") + b'"id":' + _encode(at) + b"}"


def places(place: str, name: str) -> dict[str, int]:
    """A place that is a JSON object of numbers, e.g. the next offset of each partition. "" is the beginning."""
    try:
        return msgspec.json.decode(place or "{}", type=dict[str, int])
    except msgspec.DecodeError as error:
        raise InvalidInput(
            "place", place, f"is no place in {name}: {error}", "it was stored by something else"
        ) from None


def ended(loop: asyncio.AbstractEventLoop) -> None:
    """Close a loop whose client may have left tasks behind, e.g. because its server was gone."""
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.wait(left))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
