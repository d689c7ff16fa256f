"""What a verb is to HTTP: path, method, who may call it, what it takes and gives. Routes and OpenAPI come from it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from salience.events.roles import Right, Role

if TYPE_CHECKING:
    from salience.engine import Engine

_NAMED = str.maketrans("/.", "__", "{}")

Access: TypeAlias = Role
"""What a key opens: the rights of its role (`salience.events.roles`)."""


@dataclass(frozen=True)
class Verb:
    """One route. ``takes`` and ``gives`` are types that msgspec can describe; ``media`` is set where it is not JSON.

    ``needs`` is the right that a caller must have (None: open to all, and asked of every workspace). ``also`` names
    media types that it takes besides JSON; ``failures`` are refusals by status whose body is not a `Fault`; ``room`` is
    the largest body in bytes, where it is not what the key allows. ``each``: the entries of a list are judged one at a
    time, so one that does not fit fails alone, with its reason. ``called`` is the operation's name where the path does
    not give it.
    """

    path: str
    method: Literal["GET", "POST", "PATCH", "DELETE"]
    summary: str
    respond: Callable[[Engine, Request], Awaitable[Response]]
    gives: Any
    takes: Any = None
    needs: Right | None = None
    also: tuple[str, ...] = ()
    room: int = 0
    each: bool = False
    media: str = "application/json"
    statuses: tuple[int, ...] = ()
    failures: Mapping[int, Any] = field(default_factory=dict)
    example: str = ""
    called: str = ""

    @property
    def name(self) -> str:
        """The operation's name in OpenAPI: ``/v1/collect`` -> ``collect``, ``/health/live`` -> ``health_live``."""
        if self.called:
            return self.called
        return self.path.removeprefix("/v1").strip("/").translate(_NAMED)
