"""The HTTP parser's edge: what is refused before there is a request, and how a connection ends.

uvicorn answers every fault of framing with a bare 400, waits for ever for a request line, and closes so fast that a
caller who is still sending never reads the answer. This adds statuses that say what is wrong, a time for the head of a
request, and a lingering close.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from salience.serve.fault import body_of
from salience.serve.wire import write

HEAD_SECONDS = 15.0
"""How long the head of a request may take, and how long a new connection may stay silent."""

HEAD_BYTES, HEAD_COUNT = 32_768, 100
LINGER_SECONDS = 3.0
"""How long what a refused caller is still sending is thrown away, so that the answer reaches them."""


class Refused(Exception):  # noqa: N818 - it ends in an answer
    """The head breaks a bound; raised inside the parser, which passes it on as a fault of its own."""

    def __init__(self, status: int, parameter: str, rule: str) -> None:
        super().__init__(rule)
        self.status, self.parameter, self.rule = status, parameter, rule


class Lingering:
    """A transport that, closed while the caller still sends, lets the answer out and reads on for a moment.

    Closing at once would reset the connection, and the caller would see that instead of the answer.
    """

    def __init__(
        self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop, sending: Callable[[], bool]
    ) -> None:
        self._transport, self._loop, self._sending = transport, loop, sending
        self._end: asyncio.TimerHandle | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def is_closing(self) -> bool:
        """Whether nothing more will be answered here."""
        return self._end is not None or self._transport.is_closing()

    def close(self) -> None:
        """End the connection; if something is still coming, only this side's half of it for now."""
        if self.is_closing():
            return
        if not self._sending() or not self._transport.can_write_eof():  # TLS cannot close by halves
            self._transport.close()
            return
        self._end = self._loop.call_later(LINGER_SECONDS, self._transport.close)
        with contextlib.suppress(OSError, RuntimeError):  # it has gone already, or was never paused
            self._transport.write_eof()
            self._transport.resume_reading()

    def ended(self) -> None:
        """The connection is gone."""
        if self._end is not None:
            self._end.cancel()


class Careful(HttpToolsProtocol):
    """uvicorn's protocol with bounds on the head."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Give the head its time."""
        self._refusal: Refused | None = None
        self._head: asyncio.TimerHandle | None = None
        self._size = self._count = self._codings = 0
        self._line = Lingering(transport, self.loop, self._sending)
        super().connection_made(self._line)  # type: ignore[arg-type]
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more to wait for."""
        self._stop_waiting()
        self._line.ended()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse; what comes after the end was announced is thrown away."""
        if self.transport.is_closing():
            return
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserInvalidMethodError:
            self._answer(Refused(501, "method", "is not known here"))
        except httptools.HttpParserError:
            self._answer(self._refusal or Refused(400, "request", "is not HTTP/1.1 as RFC 9112 has it"))
        except httptools.HttpParserUpgrade:
            return  # nothing to upgrade to; the request is answered as it is

    def on_message_begin(self) -> None:
        """A request begins: count its head."""
        self._size = self._count = self._codings = 0
        if self._head is None:
            self._wait_for_head()
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """The address counts as head."""
        self._grown(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One more header."""
        self._count += 1
        if name.lower() == b"transfer-encoding":
            self._codings += 1
            if self._codings > 1:
                raise self._refuse(400, "Transfer-Encoding", "must stand there once")
        self._grown(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole; from here on the body has its own time."""
        self._stop_waiting()
        super().on_headers_complete()

    def _answer(self, refusal: Refused) -> None:
        """Say why this is no request, in the shape of all refusals, and close."""
        self._stop_waiting()
        self._refusal = refusal
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
            if cycle.response_started:  # a second answer would be taken for part of the first
                self.transport.close()
                return
        request_id = secrets.token_hex(8)
        answer = write(body_of(refusal.parameter, "", refusal.rule, "", request_id, refusal.status), refusal.status)
        headers = [*answer.raw_headers, (b"x-request-id", request_id.encode()), (b"connection", b"close")]
        head = [f"HTTP/1.1 {refusal.status} {HTTPStatus(refusal.status).phrase}".encode()]
        head += [name + b": " + value for name, value in headers]
        self.transport.write(b"\r\n".join([*head, b"", bytes(answer.body)]))
        self.transport.close()

    def _sending(self) -> bool:
        """Whether the caller may still be in the middle of something."""
        return self._refusal is not None or (self.cycle is not None and self.cycle.more_body)

    def _grown(self, size: int) -> None:
        self._size += size
        if self._size > HEAD_BYTES or self._count > HEAD_COUNT:
            rule = f"at most {HEAD_COUNT} headers of {HEAD_BYTES:,} bytes together"
            raise self._refuse(431, "headers", rule)

    def _refuse(self, status: int, parameter: str, rule: str) -> Refused:
        self._refusal = Refused(status, parameter, rule)
        return self._refusal

    def _wait_for_head(self) -> None:
        self._head = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None
