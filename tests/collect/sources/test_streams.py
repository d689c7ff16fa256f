"""The streams against real servers: what was read, in which order, and from where it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiokafka
import nats
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from salience.collect.sources import Source, source
from salience.collect.sources.source import Unreachable
from salience.events import InvalidInput
from tests.collect.sources import servers

CLICK = b'{"kind":"click","user":"u%d","item":"tea"}'


class Stream:
    """A stream with the numbers 0 to 9 in it, and how more are put there."""

    def __init__(self, address: str, fill: Any) -> None:
        self.address = address
        self.fill = fill
        fill(range(10))

    def open(self, place: str = "") -> Source:
        opened = source(self.address)
        opened.open(place)
        return opened


def users(messages: tuple[bytes, ...]) -> list[str]:
    return sorted(message.split(b'"user":"')[1].split(b'"')[0].decode() for message in messages)


def drain(stream: Source) -> tuple[list[bytes], str]:
    found: list[bytes] = []
    while (taken := stream.take(4, 1.0)).messages:
        found += taken.messages
    return found, taken.place


async def to_kafka(address: str, numbers: range) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    if "clicks" not in await admin.list_topics():
        await admin.create_topics([NewTopic("clicks", 2, 1)])
    await admin.close()
    async with aiokafka.AIOKafkaProducer(bootstrap_servers=address) as producer:
        for number in numbers:
            await producer.send_and_wait("clicks", CLICK % number, partition=number % 2)


async def to_nats(address: str, numbers: range) -> None:
    client = await nats.connect(address)
    stream = client.jetstream()
    await stream.add_stream(name="clicks", subjects=["clicks.>"])
    for number in numbers:
        await stream.publish(f"clicks.{number}", CLICK % number)
    await client.close()


@pytest.fixture(scope="module", params=["kafka", "nats"])
def stream(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stream]:
    folder: Path = tmp_path_factory.mktemp(request.param)
    server, send = (servers.kafka, to_kafka) if request.param == "kafka" else (servers.nats, to_nats)
    with server(folder) as at:
        yield Stream(f"{request.param}://{at}/clicks", lambda numbers: asyncio.run(send(at, numbers)))


def test_everything_is_read_once_from_the_beginning(stream: Stream) -> None:
    reading = stream.open()
    found, _ = drain(reading)
    reading.close()
    assert users(tuple(found)) == sorted(f"u{number}" for number in range(10))
    assert len({message.split(b'"id":')[1] for message in found}) == 10, "each has an id of its own"


def test_reading_goes_on_behind_the_place(stream: Stream) -> None:
    reading = stream.open()
    first = reading.take(4, 1.0)
    reading.close()
    again = stream.open(first.place)
    rest, end = drain(again)
    again.close()
    everything = stream.open()
    assert users((*first.messages, *rest)) == users(tuple(drain(everything)[0]))
    everything.close()
    last = stream.open(end)
    assert last.take(4, 0.3).messages == ()
    last.close()


def test_the_same_message_has_the_same_id_however_often_it_is_read(stream: Stream) -> None:
    readings = []
    for most in (3, 100):
        reading = stream.open()
        found: list[bytes] = []
        while taken := reading.take(most, 1.0).messages:
            found += taken
        readings.append(sorted(found))
        reading.close()
    assert readings[0] == readings[1]


def test_what_arrives_later_is_read_by_the_same_reader(stream: Stream) -> None:
    reading = stream.open()
    before = len(drain(reading)[0])
    stream.fill(range(20, 22))
    later, _ = drain(reading)
    reading.close()
    assert users(tuple(later)) == ["u20", "u21"]
    assert before >= 10


@pytest.mark.parametrize("scheme", ["kafka", "nats"])
def test_nobody_there_is_said(scheme: str) -> None:
    reading = source(f"{scheme}://127.0.0.1:{servers.free_port()}/clicks")
    with pytest.raises(Unreachable, match=r"clicks at 127\.0\.0\.1"):
        reading.open("")
    reading.close()


@pytest.mark.parametrize("address", ["amqp://h:1/q", "kafka://h/topic", "kafka://h:9092", "nonsense", "kafka://h:x/t"])
def test_an_address_that_names_no_stream_is_refused(address: str) -> None:
    with pytest.raises(InvalidInput, match=r"e\.g\. kafka://"):
        source(address)


def test_a_place_of_another_kind_is_refused(stream: Stream) -> None:
    reading = source(stream.address)
    with pytest.raises(InvalidInput, match="is no place in"):
        reading.open('["x"]')
    reading.close()
