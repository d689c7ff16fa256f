"""Callers in a process of their own, so that they hold up nothing but what they call.

Either so many posts a second whether or not the one before was answered (an open loop: what is slow is counted for
everybody who would have come meanwhile), or so many callers without a pause.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, Self

HEAD = b"POST /v1/collect HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"


@dataclass
class Answers:
    """What came back: seconds from the moment at which each post was due, statuses, refusals without Retry-After."""

    times: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    bare: int = 0


class Callers:
    """Posts copies of ``body``, to be told apart by what is put for NUMBER, to this machine's ``port``."""

    def __init__(self, port: int, key: str, body: bytes) -> None:
        apart = get_context("spawn")
        self._here, there = apart.Pipe()
        self._process = apart.Process(target=_listen, args=(there, port, key, body), daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid or 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.join()

    def start(self, name: str, seconds: float, *, rate: float = 0.0, callers: int = 0) -> None:
        """Begin: ``rate`` posts a second, or ``callers`` without a pause."""
        self._here.send((name, seconds, rate, callers))

    def answers(self) -> Answers:
        """Wait for the end of what was started."""
        if not self._here.poll(120):
            raise TimeoutError("the callers do not answer")
        found: Answers = self._here.recv()
        return found


def _listen(pipe: Connection, port: int, key: str, body: bytes) -> None:
    while True:
        name, seconds, rate, callers = pipe.recv()
        pipe.send(asyncio.run(_Run(port, key, body, name).all(seconds, rate, callers)))


class _Run:
    def __init__(self, port: int, key: str, body: bytes, name: str) -> None:
        self.port, self.head, self.body, self.name = port, HEAD % key.encode(), body, name
        self.idle: list[_Line] = []
        self.answers = Answers()

    async def all(self, seconds: float, rate: float, callers: int) -> Answers:
        began = time.monotonic()
        if callers:
            await asyncio.gather(*(self._without_pause(number, began + seconds) for number in range(callers)))
        else:
            posts = []
            for number in range(int(seconds * rate)):
                due = began + number / rate
                await asyncio.sleep(max(due - time.monotonic(), 0))
                posts.append(asyncio.create_task(self._post(str(number), due)))
            await asyncio.gather(*posts)
        for line in self.idle:
            line.transport.close()
        return self.answers

    async def _without_pause(self, caller: int, until: float) -> None:
        number = 0
        while (now := time.monotonic()) < until:
            await self._post(f"{caller}-{number}", now)
            number += 1

    async def _post(self, number: str, due: float) -> None:
        loop = asyncio.get_running_loop()
        while self.idle and self.idle[-1].transport.is_closing():
            self.idle.pop()
        line = self.idle.pop() if self.idle else (await loop.create_connection(_Line, "127.0.0.1", self.port))[1]
        body = self.body.replace(b"NUMBER", f"{self.name}-{number}".encode())
        line.answer = loop.create_future()
        line.transport.write(self.head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        status, patient = await line.answer
        self.answers.times.append(time.monotonic() - due)
        self.answers.statuses[status] += 1
        self.answers.bare += status in (429, 503) and not patient
        self.idle.append(line)


class _Line(asyncio.Protocol):
    """One connection with one call at a time."""

    def __init__(self) -> None:
        self.got, self.answer = b"", asyncio.Future[tuple[int, bool]]()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.got += data
        head, end, body = self.got.partition(b"\r\n\r\n")
        head = head.lower()
        if end and len(body) >= int(head.partition(b"content-length: ")[2].split(b"\r\n")[0]):
            self.got = b""
            self.answer.set_result((int(head.split(b" ", 2)[1]), b"retry-after: " in head))

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.answer.done():
            self.answer.set_result((0, False))
