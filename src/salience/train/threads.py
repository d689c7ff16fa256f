"""How many threads the linear algebra of one fit may use.

Two OpenBLAS threads that share their cores with anything else (a server, a build, another fit) wait for each other: on
a busy two-core machine EASE on MovieLens 100K took 9.0 s with two threads and 0.5 s with one; on an idle one the second
thread saves less than half. So small fits use one thread, and only large ones, where the second pays, use them all.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from threadpoolctl import threadpool_limits

LARGE = 8_000
"""Items from which one factorisation (items^3 / 3 multiplications) takes long enough for threads to pay."""


def threads_for(items: int) -> AbstractContextManager[Any]:
    """Within this block BLAS uses one thread, unless there are very many items."""
    return nullcontext() if items >= LARGE else threadpool_limits(limits=1, user_api="blas")
