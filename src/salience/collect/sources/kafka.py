"""A topic of anything that speaks the Kafka protocol. The place is the next offset of each partition.

No consumer group: the log keeps the offsets, in the transaction that stores the events. Committing them to the broker
as well would make two truths, and a crash between them would lose events or take them twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import SplitResult

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from salience.collect.sources.source import Taken, Unreachable, ended, identified, places

T = TypeVar("T")
CONNECT_SECONDS = 10.0
LOOK_AROUND = 100
"""Takes after which new partitions are looked for."""


class Kafka:
    """``kafka://host:port/topic``; more brokers of the cluster are found from that one."""

    def __init__(self, address: SplitResult) -> None:
        self.topic = address.path.strip("/")
        self.name = f"kafka:{self.topic}"
        self._server = f"{address.hostname}:{address.port}"
        self._loop: asyncio.AbstractEventLoop | None = None
        self._consumer: Any = None
        self._next: dict[str, int] = {}
        self._taken = 0

    def open(self, place: str) -> None:
        """Assign every partition of the topic and go to its offset."""
        self._next = places(place, self.name)
        self._loop = asyncio.new_event_loop()
        self._run(asyncio.wait_for(self._connect(), CONNECT_SECONDS))

    def take(self, most: int, seconds: float) -> Taken:
        """Messages of all partitions; within one they keep their order. Deleted records (no value) are passed over."""
        found = self._run(self._messages(most, seconds))
        messages = []
        for partition, records in sorted(found.items(), key=lambda pair: pair[0].partition):
            number = str(partition.partition)
            for record in records:
                self._next[number] = record.offset + 1
                if record.value is not None:
                    messages.append(identified(record.value, f"{self.name}:{number}:{record.offset}"))
        return Taken(tuple(messages), msgspec.json.encode(self._next, order="sorted").decode())

    def close(self) -> None:
        """Disconnect."""
        if self._loop is None:
            return
        if self._consumer is not None:
            with suppress(KafkaError, OSError, TimeoutError):
                self._loop.run_until_complete(asyncio.wait_for(self._consumer.stop(), CONNECT_SECONDS))
        ended(self._loop)
        self._loop = self._consumer = None

    async def _connect(self) -> None:
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=self._server, enable_auto_commit=False, auto_offset_reset="earliest"
        )
        await self._consumer.start()
        await self._assign()

    async def _messages(self, most: int, seconds: float) -> dict[TopicPartition, list[Any]]:
        await self._assign()
        if not self._consumer.assignment():  # the topic is not there yet
            await asyncio.sleep(seconds)
            return {}
        found: dict[TopicPartition, list[Any]] = await self._consumer.getmany(
            timeout_ms=int(seconds * 1000), max_records=most
        )
        return found

    async def _assign(self) -> None:
        """All partitions that exist by now; the new ones from their beginning."""
        if self._taken % LOOK_AROUND == 0 or not self._consumer.assignment():
            await self._consumer.topics()
        self._taken += 1
        numbers = self._consumer.partitions_for_topic(self.topic) or set()
        wanted = {TopicPartition(self.topic, number) for number in numbers}
        if not wanted or wanted == self._consumer.assignment():
            return
        self._consumer.assign(sorted(wanted))
        for partition in wanted:
            at = self._next.get(str(partition.partition))
            if at is None:
                await self._consumer.seek_to_beginning(partition)
            else:
                self._consumer.seek(partition, at)

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        """The protocol's client is asynchronous, the pump is not: its loop runs only while something is asked."""
        if self._loop is None:
            raise Unreachable(f"{self.name} is not open")
        try:
            return self._loop.run_until_complete(work)
        except (KafkaError, OSError, TimeoutError) as error:
            raise Unreachable(f"{self.name} at {self._server}: {error}") from error
