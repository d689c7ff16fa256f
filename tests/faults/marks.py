"""What a fault check is: one function, its long and its quick form, and the broken build that it must catch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


class Missed(AssertionError):  # noqa: N818 - it is the answer of a check, not an error of it
    """The product does not hold the mark."""


class NotRun(Exception):  # noqa: N818 - as above
    """The mark cannot be looked at on this machine, and why."""


def expect(holds: object, otherwise: object) -> None:
    """Fail the mark, in words, unless it holds."""
    if not holds:
        raise Missed(str(otherwise))


@dataclass(frozen=True)
class Mark:
    """One line of the report. ``check(folder, long, build)`` gives the figures, raises `Missed` or `NotRun`.

    ``broken``: builds of `planted.BUILDS` that the check must catch.
    """

    name: str
    what: str
    check: Callable[[Path, bool, str], str]
    broken: tuple[str, ...] = ()


def line(mark: Mark, folder: Path, *, long: bool, build: str = "real") -> tuple[bool, str]:
    """Whether it passed (or could not run), and the line that says so."""
    try:
        figures = mark.check(folder, long, build)
    except NotRun as reason:
        return True, f"{mark.name} not run: {reason}"
    except Missed as fault:
        return False, f"{mark.name} FAIL  {mark.what}  {fault}"
    except Exception as error:  # noqa: BLE001 - one broken check must not hide the others
        return False, f"{mark.name} FAIL  {mark.what}  the check itself broke: {type(error).__name__}: {error}"
    return True, f"{mark.name} pass  {mark.what}  {figures}"
