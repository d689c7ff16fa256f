"""Streams that are read for ever: one file per protocol, and the pump that carries them into the log.

A stream's place is stored in the same transaction as the events that were read there, so that each message has its
effect exactly once, whoever is killed when. `SOURCES` names the protocols by the scheme of their address.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from salience.collect.sources.source import Source
from salience.events import InvalidInput


class Protocol(NamedTuple):
    """Where the protocol's class is, and what installs what it needs. Imported only when it is asked for."""

    module: str
    name: str
    extra: str
    example: str


SOURCES: Mapping[str, Protocol] = {
    "kafka": Protocol("salience.collect.sources.kafka", "Kafka", "kafka", "kafka://127.0.0.1:9092/events"),
    "nats": Protocol("salience.collect.sources.jetstream", "JetStream", "nats", "nats://127.0.0.1:4222/STREAM"),
}


def source(address: str) -> Source:
    """The stream at ``address``, not yet connected. `InvalidInput` for an unknown scheme or a missing extra."""
    examples = " or ".join(protocol.example for protocol in SOURCES.values())
    try:
        parts = urlsplit(address)
        whole = bool(parts.hostname and parts.port and parts.path.strip("/"))
    except ValueError:
        parts, whole = SplitResult("", "", "", "", ""), False
    protocol = SOURCES.get(parts.scheme)
    if protocol is None or not whole:
        raise InvalidInput("source", address, "is no stream that can be read", f"e.g. {examples}")
    try:
        make: Callable[[SplitResult], Source] = getattr(import_module(protocol.module), protocol.name)
    except ModuleNotFoundError:
        way_out = f"pip install 'salience[{protocol.extra}]'"
        raise InvalidInput("source", address, f"needs the extra `{protocol.extra}`", way_out) from None
    return make(parts)


__all__ = ["SOURCES", "Source", "source"]
