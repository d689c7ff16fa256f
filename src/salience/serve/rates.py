"""Middleware: how often one key, and one address with the public key, may call. Off where the limit is 0.

Token buckets: ten seconds' worth at once, refilled steadily. The address is that of the connection, unless a proxy
that the workspace trusts says whose it is; what anybody else writes into X-Forwarded-For is ignored.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from salience.collect.rules import cut_address
from salience.events import InvalidInput

BURST_SECONDS = 10
HELD_SECONDS, HELD = 0.25, 256
"""How long a refusal is kept back, and how many at once: one who calls again without a pause then costs little."""

REMEMBERED = 50_000
"""Buckets kept; the longest unused are forgotten, which is as good as full."""


@dataclass
class Buckets:
    """One bucket per name, ``rate`` tokens a second each, ``BURST_SECONDS`` of them at most."""

    rate: float
    clock: Callable[[], float] = time.monotonic
    _filled: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def wait(self, name: str) -> int:
        """Take a token: 0, or in how many whole seconds there will be one.

        >>> moment = [0.0]
        >>> buckets = Buckets(0.2, lambda: moment[0])
        >>> [buckets.wait("a") for _ in range(3)]
        [0, 0, 5]
        """
        if not self.rate:
            return 0
        now, most = self.clock(), max(self.rate * BURST_SECONDS, 1.0)
        tokens, since = self._filled.pop(name, (most, now))
        tokens = min(tokens + (now - since) * self.rate, most)
        self._filled[name] = (tokens - 1 if tokens >= 1 else tokens, now)
        if len(self._filled) > REMEMBERED:
            self._filled.popitem(last=False)
        return 0 if tokens >= 1 else math.ceil((1 - tokens) / self.rate)


class Rates:
    """The limits of one app, shared by all its routes."""

    def __init__(
        self,
        per_key: float = 0,
        per_address: float = 0,
        trusted_proxies: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.keys, self.addresses = Buckets(per_key, clock), Buckets(per_address, clock)
        self._held = 0
        self.trusted = [_network(part.strip()) for part in trusted_proxies.split(",") if part.strip()]

    async def hold_back(self) -> None:
        """Let whoever is about to be refused wait; not where too many do already."""
        if self._held >= HELD:
            return
        self._held += 1
        try:
            await asyncio.sleep(HELD_SECONDS)
        finally:
            self._held -= 1

    def caller(self, peer: str, forwarded: list[str]) -> str:
        """The address that counts: from the right, the first that is no trusted proxy.

        >>> Rates(trusted_proxies="10.0.0.0/8").caller("10.0.0.1", ["6.6.6.6, 203.0.113.7, 10.0.0.2"])
        '203.0.113.7'
        >>> Rates().caller("198.51.100.1", ["203.0.113.7"])
        '198.51.100.1'
        """
        hops = [hop.strip() for line in forwarded for hop in line.split(",")]
        here = peer
        while hops and self._trusts(here):
            here = hops.pop()
        return here if _is_address(here) else peer

    def _trusts(self, address: str) -> bool:
        if not self.trusted or not _is_address(address):
            return False
        found = ip_address(address)
        return any(found in network for network in self.trusted)


@lru_cache(maxsize=8192)
def network(address: str) -> str:
    """The network of a public address, cut as before storage; "" for a private one, which says nothing of where from.

    >>> network("198.51.100.7"), network("8.8.8.8"), network("10.0.0.7"), network("testclient")
    ('', '8.8.8.0', '', '')
    """
    cut = cut_address(address)
    return cut if cut and ip_address(cut).is_global else ""


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise InvalidInput("trusted_proxies", text, "must be an address or a network, e.g. 10.0.0.0/8") from None


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
