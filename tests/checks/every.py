"""Every check, by number. A new group is a file with a tuple ``CHECKS``, and one line here."""

from __future__ import annotations

from tests.checks import deciding, estimates, judging, latency, learning, peeking, shares
from tests.checks.figure import Check

CHECKS: tuple[Check, ...] = tuple(
    sorted(
        (
            *deciding.CHECKS,
            *estimates.CHECKS,
            *judging.CHECKS,
            *latency.CHECKS,
            *learning.CHECKS,
            *peeking.CHECKS,
            *shares.CHECKS,
        ),
        key=lambda check: check.number,
    )
)
