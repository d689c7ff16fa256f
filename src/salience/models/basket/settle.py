"""A rule that settings of next-basket algorithms share."""

from __future__ import annotations

from salience.events.fault import InvalidInput


def share(**settings: float) -> None:
    """Each must be in 0..1."""
    for name, value in settings.items():
        if not 0 <= value <= 1:
            raise InvalidInput(name, value, "must be in 0..1")
