"""A name in a path is what stands between two written slashes, also when the name itself has a slash in it (``%2F``).

Servers hand on a path that is decoded already. Taken apart as it is, ``/v1/users/ann%2Fexport`` would be the export of
ann, and not the person ``ann/export``: an officer would see, or erase, somebody else.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from starlette.routing import Match, Route

_SLASH = "\x1f"
"""Stands for a slash inside a name while the path is taken apart. No id may hold a control character."""


class Whole(Route):
    """A route whose parameters may hold slashes, if those were sent as ``%2F``."""

    def matches(self, scope: Any) -> tuple[Match, Any]:
        """As `Route.matches`, on the path as it was sent."""
        raw = scope.get("raw_path") or b""
        if b"%2F" not in raw.upper():
            return super().matches(scope)
        parts = [unquote(part) for part in raw.partition(b"?")[0].decode("latin-1").split("/")]
        if any(_SLASH in part for part in parts):
            return Match.NONE, {}
        sent = "/".join(part.replace("/", _SLASH) for part in parts)
        match, found = super().matches({**scope, "path": sent})
        names = found.get("path_params", {})
        return match, {**found, "path_params": {name: _slashed(value) for name, value in names.items()}}


def _slashed(value: Any) -> Any:
    return value.replace(_SLASH, "/") if isinstance(value, str) else value
