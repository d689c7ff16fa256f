"""Bytes in, typed request out; typed answer in, bytes out. The only place where bodies are read and written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from starlette.responses import Response

from salience.collect.decode import strict
from salience.serve.fault import HttpFault

T = TypeVar("T", bound=Struct)
JSON = "application/json; charset=utf-8"


def read(body: bytes, kind: type[T]) -> T:
    """The body as ``kind``. Not JSON, or not one object: 400; a rule of the type broken: 422 with its parameter."""
    raw = document(body)
    if not isinstance(raw, dict):
        raise HttpFault(400, "body", raw, "must be one JSON object", f"send a {kind.__name__} as in /openapi.json")
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        rule, parameter = split(str(error))
        raise HttpFault(422, parameter, _at(raw, parameter), rule, "the types are in /openapi.json") from None


def document(body: bytes) -> Any:
    """Strict JSON: UTF-8, no NaN, no name twice in an object, no lone surrogate, bounded depth. Else 400."""
    if not body.strip():
        raise HttpFault(400, "body", "", "must not be empty", "send a JSON object")
    return strict(body)


def write(answer: Struct | tuple[Struct, ...], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """The answer as JSON."""
    return Response(msgspec.json.encode(answer), status, dict(headers or {}), JSON)


def split(message: str) -> tuple[str, str]:
    """msgspec's sentence -> (rule, parameter).

    >>> split("Expected `int` >= 1 - at `$.k`")
    ('expected `int` >= 1', 'k')
    >>> split("Object contains unknown field `kk`")
    ('unknown field', 'kk')
    """
    rule, _, path = message.partition(" - at `$")
    if unknown := re.search(r"unknown field `([^`]*)`", rule):
        return "unknown field", (path.strip(".`") + "." + unknown[1]).lstrip(".")
    if missing := re.search(r"missing required field `([^`]*)`", rule):
        return "is required", (path.strip(".`") + "." + missing[1]).lstrip(".")
    return rule[:1].lower() + rule[1:], path.strip(".`") or "body"


def _at(raw: Any, path: str) -> object:
    """What stands at a path such as ``categories[3]`` of the document; an empty text if nothing does."""
    for step in re.findall(r"[^.\[\]]+", path):
        if isinstance(raw, dict):
            raw = raw.get(step, "")
        elif isinstance(raw, list) and step.isdigit() and int(step) < len(raw):
            raw = raw[int(step)]
        else:
            return ""
    return raw
