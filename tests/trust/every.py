"""Every mark in order, and why some are not looked at. A new file of marks is one line in `FILES`."""

from __future__ import annotations

from types import ModuleType

from tests.trust import (
    access,
    content,
    edges,
    erasing,
    guards,
    hidden,
    membership,
    outside,
    outsiders,
    poisoning,
    restraint,
    rights,
    security_log,
    sign_in,
    signals,
    strings,
    vouched,
    weighty,
)
from tests.trust.marks import Mark

FILES: tuple[ModuleType, ...] = (
    access,
    content,
    edges,
    erasing,
    guards,
    hidden,
    membership,
    outside,
    outsiders,
    poisoning,
    restraint,
    rights,
    security_log,
    sign_in,
    signals,
    strings,
    vouched,
    weighty,
)

MARKS: tuple[Mark, ...] = tuple(sorted((mark for file in FILES for mark in file.MARKS), key=lambda mark: mark.name))

NOT_BUILT: dict[str, str] = {
    "P30": "looked at with P25",
}
"""Mark -> why nobody looks at it here, or where else it is looked at."""
