"""Whose call is worked on next, where a server holds several workspaces: each in turn, one call per turn of the loop.

Round robin over queues by workspace (Nagle, RFC 970, 1985). Without it a call waits behind every call that has arrived,
so one loud workspace decides how long all the others wait. With it a call waits for one call of each other workspace:
the next is of the one whose last turn is longest ago.
"""

from __future__ import annotations

import asyncio
from collections import deque
from itertools import count


class Turns:
    """One per server. Touched by the event loop only."""

    def __init__(self) -> None:
        self._waiting: dict[object, deque[asyncio.Future[None]]] = {}
        self._turn: dict[object, int] = {}
        self._numbers = count(1)

    async def turn(self, who: object) -> None:
        """Come back when it is the turn of the workspace ``who``; its first call has it before its second."""
        loop = asyncio.get_running_loop()
        mine = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._next, loop)
        self._waiting.setdefault(who, deque()).append(mine)
        await mine

    def _next(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wake one. The loop looks for what has arrived meanwhile before it comes here again."""
        who = min(self._waiting, key=lambda one: self._turn.get(one, 0))
        self._turn[who] = next(self._numbers)
        queue = self._waiting[who]
        one = queue.popleft()
        if not queue:
            del self._waiting[who]
        if not one.done():  # nobody waits for a call that was cancelled
            one.set_result(None)
        if self._waiting:
            loop.call_soon(self._next, loop)
