"""What a caller is told when something is wrong: one shape for every status, in the words of `InvalidInput`."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType

from msgspec import Struct

SHOWN = 80
"""Characters of a faulty value that are repeated to the caller; a megabyte of a body does not belong in a message."""


class Detail(Struct, frozen=True):
    """``parameter`` broke ``rule`` with ``value``; ``way_out`` says what to do. ``request_id`` finds it in the log."""

    parameter: str
    value: str
    rule: str
    way_out: str
    message: str
    request_id: str


class Fault(Struct, frozen=True):
    """The body of every answer whose status is 400 or more.

    ``code`` and ``message`` say it again where Segment's and RudderStack's SDKs look for it.
    """

    error: Detail
    code: str = ""
    message: str = ""


class HttpFault(Exception):  # noqa: N818 - named like the body it becomes
    """A fault with an HTTP status, raised by middleware and routes; `faults.Faults` turns it into a `Fault`."""

    def __init__(
        self,
        status: int,
        parameter: str,
        value: object,
        rule: str,
        way_out: str = "",
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        super().__init__(f"{status} {parameter}: {rule}")
        self.status, self.parameter, self.rule, self.way_out = status, parameter, rule, way_out
        self.value, self.headers = shown(value), dict(headers)


def shown(value: object) -> str:
    """A value as it may be repeated: itself if it is text, else its representation, cut to `SHOWN` characters.

    >>> shown("x" * 200)[-4:], shown(None), shown(12)
    ('x...', 'null', '12')
    """
    try:
        text = value if isinstance(value, str) else "null" if value is None else repr(value)
    except ValueError:  # an integer of more digits than Python will write down
        text = "a number"
    text = "".join(c if c.isprintable() else "�" for c in text[: SHOWN + 1])
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."


def body_of(parameter: str, value: str, rule: str, way_out: str, request_id: str, status: int = 0) -> Fault:
    """Assemble the body. ``message`` is the whole of it as one sentence for people."""
    message = (f"{parameter} = {value}: " if value else f"{parameter}: ") + rule + (f"; {way_out}" if way_out else "")
    code = HTTPStatus(status).phrase.lower().replace(" ", "_").replace("-", "_") if status else ""
    return Fault(Detail(parameter, value, rule, way_out, message, request_id), code, message)
