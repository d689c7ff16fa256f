"""One workspace behind the HTTP edge: its engine, its keys, its limits. A server holds one or many; a key opens one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from salience.serve.rates import Rates
from salience.serve.verb import Access

if TYPE_CHECKING:
    from salience.engine import Engine

Check: TypeAlias = Callable[[str], Access | None]
"""Key -> its role, or None. Compares digests, so that its time tells nothing."""


THREADS = 1
"""More threads read no faster, they take turns at the interpreter; and the loop has to wait for all of them."""


@dataclass(frozen=True, eq=False)
class Tenant:
    """``origins``: whose pages may use the write key; empty for any. ``threads``: those that read its large bodies."""

    engine: Engine
    check: Check
    rates: Rates
    origins: frozenset[str]
    threads: asyncio.Semaphore

    @classmethod
    def of(cls, engine: Engine, check: Check) -> Tenant:
        """A workspace as its settings have it."""
        chosen = engine.settings
        rates = Rates(chosen.rate_per_key, chosen.rate_per_address, chosen.trusted_proxies)
        return cls(engine, check, rates, frozenset(chosen.allowed_origins), asyncio.Semaphore(THREADS))
