"""Every check, by number. A new group is a file with a tuple ``CHECKS``, and one line here."""

from __future__ import annotations

from tests.checks import (
    attention,
    deciding,
    estimates,
    gains,
    judging,
    latency,
    learning,
    lifetimes,
    parity,
    peeking,
    rows,
    shares,
    viewing,
)
from tests.checks.figure import Check

CHECKS: tuple[Check, ...] = tuple(
    sorted(
        (
            *attention.CHECKS,
            *deciding.CHECKS,
            *estimates.CHECKS,
            *gains.CHECKS,
            *judging.CHECKS,
            *latency.CHECKS,
            *learning.CHECKS,
            *lifetimes.CHECKS,
            *parity.CHECKS,
            *peeking.CHECKS,
            *rows.CHECKS,
            *shares.CHECKS,
            *viewing.CHECKS,
        ),
        key=lambda check: check.number,
    )
)
