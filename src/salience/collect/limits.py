"""How large a request may be, and what is said to a larger one."""

from __future__ import annotations

from msgspec import Struct

from salience.events import InvalidInput


class Malformed(InvalidInput):
    """A body that is no strict JSON, or not the form that was asked for. HTTP answers 400."""


class TooLarge(InvalidInput):
    """A body beyond one of the `Limits`. HTTP answers 413."""


class Limits(Struct, frozen=True):
    """What one request may hold. The defaults are those of a public write key, i.e. of browsers.

    ``body``, ``event``: bytes; ``events``: per body; ``depth``: nested arrays and objects;
    ``properties``: names in one event's context, traits or attributes.
    """

    body: int = 512_000
    event: int = 32_768
    events: int = 10_000
    depth: int = 32
    properties: int = 256


PUBLIC = Limits()
SECRET = Limits(body=5_000_000, event=131_072)
"""Servers send catalogues: an item's text alone may have 16,384 characters of up to four bytes."""
