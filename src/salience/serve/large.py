"""Work on a body: at once if it is small, else in the workspace's thread for that, so that the loop goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.types import Scope

from salience.serve.keys import TENANT

ALONE = 16_384
"""Bytes above which reading a body would hold up the other callers: a millisecond or two of the loop."""

T = TypeVar("T")


async def large(scope: Scope, size: int, work: Callable[..., T], *args: Any) -> T:
    """What ``work(*args)`` gives, where ``args`` hold ``size`` bytes of a body of the call ``scope``."""
    if size <= ALONE:
        return work(*args)
    async with scope[TENANT].threads:
        return await run_in_threadpool(work, *args)
