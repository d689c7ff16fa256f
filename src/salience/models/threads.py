"""Work in pieces on as many threads as the linear algebra may use, each of them with one BLAS thread.

A product of BLAS fills all cores by itself; what stands between the products (comparing, gathering, adding) runs on
one. Pieces side by side fill the cores with both. NumPy and SciPy leave Python's lock while they compute.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import lru_cache
from typing import Generic, TypeVar

from threadpoolctl import ThreadpoolController

T = TypeVar("T")
MOST = 64  # threads that are kept


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    """Kept: a fit shares some twenty steps of a millisecond or so, and starting a thread takes a tenth of one."""
    return ThreadPoolExecutor(MOST, thread_name_prefix="share")


@lru_cache(maxsize=1)
def _controller() -> ThreadpoolController:
    """Found once: looking through the loaded libraries costs milliseconds."""
    return ThreadpoolController().select(user_api="blas")


def workers() -> int:
    """Threads that BLAS may use now: those of the machine, or fewer within `threadpoolctl.threadpool_limits`."""
    return max((library.num_threads for library in _controller().lib_controllers), default=1)


class Shared(Iterator[T], Generic[T]):
    """An iterator that several threads may draw from; each piece goes to one of them."""

    def __init__(self, pieces: Iterable[T]) -> None:
        self._pieces = iter(pieces)
        self._lock = threading.Lock()

    def __next__(self) -> T:
        with self._lock:
            return next(self._pieces)


@contextmanager
def side_by_side(*, alone: bool = False) -> Iterator[int]:
    """Yields the threads that `share` may use; within the block BLAS itself uses one. ``alone``: leave all as it is.

    Around a whole fit, not around each of its steps: threads of BLAS wait for their next product by spinning, and would
    hold a core for some 20 ms after the last one.
    """
    if alone:
        yield 1
        return
    count = workers()
    with _controller().limit(limits=1):
        yield count


def share(work: Callable[[Iterator[T]], None], pieces: Iterable[T], threads: int) -> None:
    """Call ``work(pieces)`` once on each of ``threads`` threads (at least one); all draw from the same pieces.

    ``work`` gets an iterator, not one piece, so that a thread can make room once for all its pieces. The first
    exception is raised after all threads have ended.
    """
    if threads <= 1:
        work(iter(pieces))
        return
    shared = Shared(pieces)
    others = [_pool().submit(work, shared) for _ in range(threads - 1)]
    try:
        work(shared)
    finally:
        # one that has not begun finds no piece left; waiting for it could wait for ever, where a pool waits for itself
        begun = [other for other in others if not other.cancel()]
        wait(begun)
    for other in begun:
        other.result()
