"""Middleware: bounds on all that a caller can make large: headers, body, unpacked body, time to send it, calls at once.

A body is refused by its declared length before a byte of it is read, and by its real length before it is kept.
"""

from __future__ import annotations

import asyncio
import time
import zlib
from dataclasses import dataclass, field

from starlette.datastructures import Headers as Incoming
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from salience.collect.limits import PUBLIC, SECRET
from salience.serve.fault import HttpFault
from salience.serve.keys import trusted

CLOSE = {"Connection": "close"}
MEMORY = 256  # gaps that a moving mean remembers: one stall of the disk must not turn callers away
GZIP_MAGIC = b"\x1f\x8b"
_GZIP = 16 + zlib.MAX_WBITS


@dataclass(frozen=True)
class Limits:
    """What one server bears. ``at_once`` calls are worked on together at most; more are told to come back.

    Fewer are, where so many would keep the last of them waiting for more than ``wait_seconds`` at the pace of late, but
    never fewer than ``at_least``. ``held_bytes``: of bodies that are still arriving, all callers together. Slow ones
    hold little and no place at work.
    """

    header_bytes: int = 32_768
    header_count: int = 100
    body_seconds: float = 20.0
    at_once: int = 256
    at_least: int = 32
    wait_seconds: float = 0.3
    held_bytes: int = 128_000_000


@dataclass
class Load:
    """How many calls are inside and how much of bodies is held, for all routes. Touched by the event loop only.

    ``pace``: seconds from one call's end to the next while calls wait, a moving mean; 0 while nothing is known. By
    Little's law (1961) whoever comes as the n-th waits n paces, so a bound on the wait is one on how many are inside.
    """

    limits: Limits = field(default_factory=Limits)
    inside: int = 0
    held: int = 0
    pace: float = 0.0
    gaps: int = 0
    ended: float | None = None

    def full(self) -> bool:
        """Whether a further call has to come back later."""
        limits = self.limits
        bearable = limits.wait_seconds / self.pace if self.pace else limits.at_once
        return self.inside >= min(limits.at_once, max(limits.at_least, bearable)) or self.held >= limits.held_bytes

    def leave(self, now: float) -> None:
        """A call has ended at ``now``, in seconds of a clock that never goes back."""
        self.inside -= 1
        if self.ended is not None:
            gap = now - self.ended
            self.gaps = min(self.gaps + 1, MEMORY)
            self.pace += (gap - self.pace) / self.gaps
        self.ended = now if self.inside else None  # with nobody waiting, the next gap says nothing


class Bounded:
    """Guards one route: hands it a whole, unpacked body, as large as the caller's key allows."""

    def __init__(self, app: ASGIApp, load: Load, also: tuple[str, ...] = (), most: int = 0) -> None:
        self.app, self.load, self.media, self.most = app, load, ("application/json", *also), most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, read, unpack, pass on."""
        headers = Incoming(scope=scope)
        room = (SECRET if trusted(scope) else PUBLIC).body
        room = min(room, self.most) if self.most else room
        self._check_headers(headers, room)
        self._check_room()
        body = await self._read(receive, room)
        self._check_room()
        self.load.inside += 1
        try:
            if headers.get("content-encoding", "identity").lower() == "gzip":
                body = unpack(body, room)
            await self.app(scope, _replay(body, receive), send)
        finally:
            self.load.leave(time.monotonic())

    def _check_room(self) -> None:
        if self.load.full():
            raise HttpFault(503, "server", "", "is busy", "send the same again after a second", {"Retry-After": "1"})

    def _check_headers(self, headers: Incoming, room: int) -> None:
        limits = self.load.limits
        size = sum(len(name) + len(value) for name, value in headers.raw)
        if size > limits.header_bytes or len(headers.raw) > limits.header_count:
            rule = f"at most {limits.header_count} headers of {limits.header_bytes:,} bytes together"
            raise HttpFault(431, "headers", size, rule, "send fewer", CLOSE)
        media = headers.get("content-type", "").partition(";")[0].strip().lower()
        if media not in self.media:
            raise HttpFault(415, "Content-Type", media, "must be " + " or ".join(self.media), "add the header", CLOSE)
        coding = headers.get("content-encoding", "identity").lower()
        if coding not in ("identity", "gzip"):
            raise HttpFault(415, "Content-Encoding", coding, "must be gzip or absent", "send it plain", CLOSE)
        declared = headers.get("content-length", "0")
        if declared.isdigit() and int(declared[:19]) > room:
            raise too_large(declared, room)

    async def _read(self, receive: Receive, room: int) -> bytes:
        parts: list[bytes] = []
        size, more = 0, True
        try:
            async with asyncio.timeout(self.load.limits.body_seconds):
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise HttpFault(400, "body", size, "broke off before its end", "send it again", CLOSE)
                    part = message.get("body", b"")
                    size, more = size + len(part), message.get("more_body", False)
                    self.load.held += len(part)
                    if size > room:
                        raise too_large(f"more than {room}", room)
                    parts.append(part)
        except TimeoutError:
            rule = f"must arrive within {self.load.limits.body_seconds:g} s"
            raise HttpFault(408, "body", size, rule, "send smaller batches", CLOSE) from None
        finally:
            self.load.held -= size
        return b"".join(parts)


def unpack(packed: bytes, room: int) -> bytes:
    """Gunzip, never making more than ``room`` bytes: a bomb is refused after that many, whatever it would become."""
    unpacker = zlib.decompressobj(_GZIP)
    try:
        body = unpacker.decompress(packed, room + 1)
    except zlib.error:
        raise HttpFault(400, "body", "", "is not gzip", "drop Content-Encoding, or pack it") from None
    if len(body) > room:
        raise too_large(f"more than {room} unpacked", room)
    if not unpacker.eof or unpacker.unused_data:
        raise HttpFault(400, "body", "", "is not one whole gzip member", "send all of it, once")
    if body.startswith(GZIP_MAGIC):
        raise HttpFault(415, "Content-Encoding", "gzip in gzip", "must be packed once", "pack it once")
    return body


def too_large(value: object, room: int) -> HttpFault:
    """413. The connection closes, because the rest of the body is not read."""
    return HttpFault(413, "body", value, f"must be at most {room:,} bytes", "send it in several requests", CLOSE)


def _replay(body: bytes, receive: Receive) -> Receive:
    """A receive channel that gives the whole body once, then what the connection says."""
    given = False

    async def replayed() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed
