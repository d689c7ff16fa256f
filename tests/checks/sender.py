"""Calls at an even rate from a process of its own: `python -m tests.checks.sender PORT KEY RATE SECONDS < bodies`.

An open loop: a call is due at its time whether or not those before were answered, and its latency counts from then, so
a slow moment is counted for everybody who would have come in it. Bodies are JSON, one a line; each call gets an event
id of its own from the server. Prints the latencies in ms as JSON.
"""

from __future__ import annotations

import asyncio
import gc
import json
import re
import sys

NEVER = 1e9
"""Refused or cut off: no quick answer."""
LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


async def _run(port: int, key: str, rate: float, seconds: float, bodies: list[bytes]) -> list[float]:
    head = f"POST /v1/decide HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"
    posts = [b"%sContent-Length: %d\r\n\r\n%s" % (head.encode(), len(body), body) for body in bodies]
    loop, under_way = asyncio.get_running_loop(), set[asyncio.Task[None]]()
    idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    spent: list[float] = []

    async def one(post: bytes, due: float) -> None:
        try:
            reader, writer = idle.pop() if idle else await asyncio.open_connection("127.0.0.1", port)
            writer.write(post)
            answer = await reader.readuntil(b"\r\n\r\n")
            found = LENGTH.search(answer)
            await reader.readexactly(int(found[1]) if found else 0)
        except (OSError, asyncio.IncompleteReadError):
            spent.append(NEVER)
            return
        spent.append(1000 * (loop.time() - due) if answer.startswith(b"HTTP/1.1 200") else NEVER)
        idle.append((reader, writer))

    began = loop.time() + 0.1
    for at in range(int(rate * seconds)):
        due = began + at / rate
        if (early := due - loop.time()) > 0:
            await asyncio.sleep(early)
        task = asyncio.create_task(one(posts[at % len(posts)], due))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    await asyncio.gather(*under_way)
    for _, writer in idle:
        writer.close()
    return spent


def main() -> None:
    port, key, rate, seconds = sys.argv[1:]
    bodies = sys.stdin.buffer.read().splitlines()
    gc.disable()  # a pause of the sender's is no latency of the server's
    print(json.dumps(asyncio.run(_run(int(port), key, float(rate), float(seconds), bodies))))


if __name__ == "__main__":
    main()
