"""Middleware: bounds on all that a caller can make large: headers, body, unpacked body, time to send it, calls at once.

A body is refused by its declared length before a byte of it is read, and by its real length before it is kept.
"""

from __future__ import annotations

import asyncio
import time
import zlib

from starlette.datastructures import Headers as Incoming
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from salience.collect.limits import PUBLIC, SECRET
from salience.serve.fault import HttpFault
from salience.serve.keys import TENANT, trusted
from salience.serve.large import large
from salience.serve.load import Load

CLOSE = {"Connection": "close"}
GZIP_MAGIC = b"\x1f\x8b"
_GZIP = 16 + zlib.MAX_WBITS
_PIECE = 1 << 18


class Bounded:
    """Guards one route: hands it a whole, unpacked body of ``most`` bytes, or of as many as the caller's key allows."""

    def __init__(self, app: ASGIApp, load: Load, also: tuple[str, ...] = (), most: int = 0) -> None:
        self.app, self.load, self.media, self.most = app, load, ("application/json", *also), most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, read, unpack, pass on."""
        headers = Incoming(scope=scope)
        room = self.most or (SECRET if trusted(scope) else PUBLIC).body
        who = scope.get(TENANT)
        self._check_headers(headers, room)
        self._check_room(who)
        body = await self._read(receive, room, who)
        self._check_room(who)
        self.load.enter(who)
        try:
            if self.load.turns:
                await self.load.turns.turn(who)
            if headers.get("content-encoding", "identity").lower() == "gzip":
                body = await large(scope, len(body), unpack, body, room)
            await self.app(scope, _replay(body, receive), send)
        finally:
            self.load.leave(time.monotonic(), who)

    def _check_room(self, who: object) -> None:
        if self.load.full(who):
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

    async def _read(self, receive: Receive, room: int, who: object) -> bytes:
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
                    self.load.hold(len(part), who)
                    if size > room:
                        raise too_large(f"more than {room}", room)
                    parts.append(part)
        except TimeoutError:
            rule = f"must arrive within {self.load.limits.body_seconds:g} s"
            raise HttpFault(408, "body", size, rule, "send smaller batches", CLOSE) from None
        finally:
            self.load.hold(-size, who)
        return b"".join(parts)


def unpack(packed: bytes, room: int) -> bytes:
    """Gunzip, piece by piece: a bomb is refused one piece after ``room`` bytes, before anything is put together."""
    unpacker = zlib.decompressobj(_GZIP)
    parts, size, left = [], 0, packed
    try:
        while part := unpacker.decompress(left, _PIECE):
            parts.append(part)
            size, left = size + len(part), unpacker.unconsumed_tail
            if size > room:
                raise too_large(f"more than {room} unpacked", room)
    except zlib.error:
        raise HttpFault(400, "body", "", "is not gzip", "drop Content-Encoding, or pack it") from None
    body = b"".join(parts)
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
