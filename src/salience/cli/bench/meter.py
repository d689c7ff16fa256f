"""What a block costs: wall-clock seconds, and resident memory beyond what was in use, sampled while it runs."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from salience.train.bench_outcome import Cost

EVERY = 0.02  # seconds; shorter peaks may be missed
STATM = Path("/proc/self/statm")


@contextmanager
def meter() -> Iterator[Cost]:
    """Measure the block. The peak is that of the whole process, so run nothing else in it meanwhile."""
    from salience.train.bench_outcome import Cost

    cost = Cost()
    before = resident()
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(EVERY):
            cost.peak_bytes = max(cost.peak_bytes, resident() - before)

    watcher = threading.Thread(target=watch, name="bench-meter", daemon=True)
    watcher.start()
    began = time.perf_counter()
    try:
        yield cost
    finally:
        cost.seconds = time.perf_counter() - began
        ended.set()
        watcher.join()
        cost.peak_bytes = max(cost.peak_bytes, resident() - before, 0)


def resident() -> int:
    """Bytes of memory that this process holds now; where the system does not say, the most that it ever held."""
    try:
        return int(STATM.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
