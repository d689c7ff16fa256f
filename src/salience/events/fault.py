"""The one error that callers cause: it names the parameter, its value, the rule, and the way out."""

from __future__ import annotations


class InvalidInput(ValueError):  # noqa: N818 - it names what is wrong, as `KeyError`'s siblings do not
    """A fault of the caller, not of the program. Edges turn it into HTTP 4xx or exit status 2.

    >>> raise InvalidInput("k", 0, "must be between 1 and 1000", "pass k=10 for ten items")
    Traceback (most recent call last):
        ...
    salience.events.fault.InvalidInput: k = 0: must be between 1 and 1000; pass k=10 for ten items
    """

    def __init__(self, parameter: str, value: object, rule: str, way_out: str = "") -> None:
        self.parameter, self.value, self.rule, self.way_out = parameter, value, rule, way_out
        shown = repr(value)
        if len(shown) > 80:  # a megabyte of somebody's body does not belong in a message or a log
            shown = shown[:77] + "..."
        super().__init__(f"{parameter} = {shown}: {rule}" + (f"; {way_out}" if way_out else ""))


class NotFound(InvalidInput):
    """Something named does not exist. Edges turn it into HTTP 404 or exit status 2."""
