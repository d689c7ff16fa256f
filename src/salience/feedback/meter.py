"""How fast the loop closes: the last measurements of latency and freshness, and their quantiles."""

from __future__ import annotations

import threading
from collections import deque

WINDOW = 1_000


class Meter:
    """Keeps the last 1,000 values in ms. The clock belongs to the caller."""

    def __init__(self) -> None:
        self._values: deque[float] = deque(maxlen=WINDOW)
        self._lock = threading.Lock()

    def add(self, value_ms: float) -> None:
        """One more measurement."""
        with self._lock:
            self._values.append(value_ms)

    def quantile(self, q: float) -> float | None:
        """The q-quantile (nearest rank) of the last values; None before the first one.

        >>> meter = Meter()
        >>> for value in (5.0, 1.0, 9.0):
        ...     meter.add(value)
        >>> meter.quantile(0.5), meter.quantile(0.95)
        (5.0, 9.0)
        """
        with self._lock:
            values = sorted(self._values)
        return values[min(int(q * len(values)), len(values) - 1)] if values else None
