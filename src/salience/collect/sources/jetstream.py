"""A stream of NATS JetStream. The place is the sequence number behind the last message that was taken.

No durable consumer: the log keeps the place, in the transaction that stores the events.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import SplitResult

import msgspec
import nats
from nats.errors import Error
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from salience.collect.sources.source import Taken, Unreachable, ended, identified, places

T = TypeVar("T")
CONNECT_SECONDS = 10.0


class JetStream:
    """``nats://host:port/STREAM``, all its subjects; a user and password may stand before the host."""

    def __init__(self, address: SplitResult) -> None:
        self.stream = address.path.strip("/")
        self.name = f"nats:{self.stream}"
        self._server = f"nats://{address.netloc}"
        self._shown = f"{address.hostname}:{address.port}"  # without the password: it may end in a message
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client: Any = None
        self._pull: Any = None
        self._next = 1

    def open(self, place: str) -> None:
        """Make a consumer of our own that begins at the place."""
        self._next = places(place, self.name).get("next", 1)
        self._loop = asyncio.new_event_loop()
        self._run(asyncio.wait_for(self._connect(), CONNECT_SECONDS))

    def take(self, most: int, seconds: float) -> Taken:
        """The next messages in the order of the stream."""
        messages = []
        for message in self._run(self._messages(most, seconds)):
            at = message.metadata.sequence.stream
            self._next = at + 1
            messages.append(identified(message.data, f"{self.name}:{at}"))
        return Taken(tuple(messages), msgspec.json.encode({"next": self._next}).decode())

    def close(self) -> None:
        """Disconnect; the server forgets the consumer by itself."""
        if self._loop is None:
            return
        if self._client is not None:
            with suppress(Error, OSError, TimeoutError):
                self._loop.run_until_complete(asyncio.wait_for(self._client.close(), CONNECT_SECONDS))
        ended(self._loop)
        self._loop = self._client = self._pull = None

    async def _connect(self) -> None:
        self._client = await nats.connect(
            self._server, connect_timeout=2, allow_reconnect=False, max_reconnect_attempts=1, error_cb=_quiet
        )
        settings = ConsumerConfig(
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=self._next,
            ack_policy=AckPolicy.NONE,
            inactive_threshold=60.0,
        )
        self._pull = await self._client.jetstream().pull_subscribe("", stream=self.stream, config=settings)

    async def _messages(self, most: int, seconds: float) -> list[Any]:
        try:
            found: list[Any] = await self._pull.fetch(most, timeout=seconds)
        except TimeoutError:  # nothing came in time; or nobody is there
            if not self._client.is_connected:
                raise
            return []
        return found

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        if self._loop is None:
            raise Unreachable(f"{self.name} is not open")
        try:
            return self._loop.run_until_complete(work)
        except (Error, OSError, TimeoutError) as error:
            raise Unreachable(f"{self.name} at {self._shown}: {error or type(error).__name__}") from error


async def _quiet(_: Exception) -> None:
    """Errors of the connection come back from the next call; a second report on stderr helps nobody."""
