"""The few rules that settings of algorithms obey, in one wording. Broken ones raise `InvalidInput`."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from salience.events.fault import InvalidInput


def whole(**settings: int) -> None:
    """Each must be a whole number of 1 or more.

    >>> whole(factors=0)
    Traceback (most recent call last):
        ...
    salience.events.fault.InvalidInput: factors = 0: must be a whole number of 1 or more
    """
    for name, value in settings.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise InvalidInput(name, value, "must be a whole number of 1 or more")


def positive(**settings: float) -> None:
    """Each must be finite and more than 0."""
    for name, value in settings.items():
        if not (isfinite(value) and value > 0):
            raise InvalidInput(name, value, "must be a finite number above 0")


def not_negative(**settings: float) -> None:
    """Each must be finite and 0 or more."""
    for name, value in settings.items():
        if not (isfinite(value) and value >= 0):
            raise InvalidInput(name, value, "must be a finite number of 0 or more")


def one_of(choices: Sequence[str], **settings: str) -> None:
    """Each must be one of the choices."""
    for name, value in settings.items():
        if value not in choices:
            raise InvalidInput(name, value, f"must be one of {', '.join(choices)}")
