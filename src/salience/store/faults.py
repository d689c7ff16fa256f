"""What a store may answer instead of an acknowledgement. Each is our fault, never the caller's; edges send 503."""

from __future__ import annotations


class Unavailable(RuntimeError):  # noqa: N818 - it says what is the case, as `TimeoutError`'s siblings do not
    """Nothing of this request was acknowledged. Sending the same events again, with the same ids, is safe.

    ``retry_after``: whole seconds after which another attempt makes sense (HTTP's Retry-After).
    """

    def __init__(self, reason: str, *, retry_after: int = 1) -> None:
        self.reason, self.retry_after = reason, retry_after
        super().__init__(reason)


class Busy(Unavailable):
    """More events wait for the disk than the limit allows: new ones are refused rather than accepted ones dropped."""

    def __init__(self, waiting: int, limit: int, *, retry_after: int = 1) -> None:
        self.waiting, self.limit = waiting, limit
        super().__init__(f"{waiting:,} events already wait for the disk (limit {limit:,})", retry_after=retry_after)


class Damaged(RuntimeError):  # noqa: N818 - as above
    """Something stored is not what was written: its checksum, its form or its file differs. Nothing of it is served."""

    def __init__(self, place: str, reason: str) -> None:
        self.place, self.reason = place, reason
        super().__init__(f"{place}: {reason}")
