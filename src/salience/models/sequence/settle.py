"""Checks of settings that several sequence algorithms share."""

from __future__ import annotations

import numpy as np

from salience.events.fault import InvalidInput


def at_least(setting: str, value: float, low: float) -> None:
    """Refuse what is not a finite number of ``low`` or more."""
    if not (np.isfinite(value) and value >= low):
        raise InvalidInput(setting, value, f"must be {low:g} or more")


def above(setting: str, value: float, low: float) -> None:
    """Refuse what is not a finite number above ``low``."""
    if not (np.isfinite(value) and value > low):
        raise InvalidInput(setting, value, f"must be more than {low:g}")
