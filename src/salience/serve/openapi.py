"""`GET /openapi.json`: OpenAPI 3.1, generated from the very types that decode the bodies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from salience import __version__
from salience.serve.fault import Fault
from salience.serve.verb import Verb

REF = "#/components/schemas/{name}"
HEADERS_GIVEN = {"X-Request-Id": {"schema": {"type": "string"}, "description": "Finds the request in the log."}}
TEXT = {"type": "string", "minLength": 1, "maxLength": 256}
ANYTHING = {"description": "What is none of these fails by itself, with a reason, and is kept."}
SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "The write key or the secret key."},
    "basic": {"type": "http", "scheme": "basic", "description": "The key as user name, no password."},
    "header": {"type": "apiKey", "in": "header", "name": "X-Salience-Key"},
}


def describe(verbs: Sequence[Verb]) -> dict[str, Any]:
    """The whole document as plain data."""
    types = [
        kind
        for verb in verbs
        for kind in (verb.takes, verb.gives, *verb.failures.values())
        if kind is not None and kind is not str
    ]
    schemas, components = msgspec.json.schema_components([*types, Fault], ref_template=REF)
    by_type = dict(zip([*types, Fault], schemas, strict=True))
    by_type[str] = {"type": "string"}
    for verb in verbs:
        if verb.each:
            _loosened(by_type[verb.takes], components)
    paths: dict[str, Any] = {}
    for verb in verbs:
        paths.setdefault(verb.path, {})[verb.method.lower()] = _operation(verb, by_type)
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "Salience",
            "version": __version__,
            "summary": "Events in, decisions out, outcomes back.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": SCHEMES},
    }


def _loosened(body: dict[str, Any], components: dict[str, Any]) -> None:
    """The lists of a body may hold anything: what is no valid entry is answered as failed, and the others are taken."""
    if "$ref" in body:
        body = components[body["$ref"].rsplit("/", 1)[-1]]
    for part in (*body.get("anyOf", ()), *body.get("properties", {}).values()):
        _loosened(part, components)
    if body.get("items") and ANYTHING not in body["items"].get("anyOf", ()):
        body["items"] = {"anyOf": [body["items"], ANYTHING]}


def _operation(verb: Verb, by_type: dict[Any, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {
        "operationId": verb.name,
        "summary": verb.summary,
        "security": [{scheme: []} for scheme in SCHEMES] if verb.needs else [],
        "responses": {
            "200": {
                "description": "Done.",
                "headers": HEADERS_GIVEN,
                "content": {verb.media: {"schema": by_type[verb.gives]}},
            }
        },
    }
    if names := re.findall(r"{(\w+)}", verb.path):
        said["parameters"] = [{"name": one, "in": "path", "required": True, "schema": TEXT} for one in names]
    for status in sorted({*verb.statuses, *verb.failures}):
        kind = verb.failures.get(status, verb.gives if verb.path == "/health/ready" else Fault)
        said["responses"][str(status)] = {
            "description": HTTPStatus(status).phrase,
            "headers": HEADERS_GIVEN,
            "content": {"application/json": {"schema": by_type[kind]}},
        }
    if verb.needs:
        said["x-right"] = verb.needs
    if verb.takes is not None:
        media: dict[str, Any] = {"schema": by_type[verb.takes]}
        if verb.example:
            media["example"] = msgspec.json.decode(verb.example)
        said["requestBody"] = {"required": True, "content": {"application/json": media}}
    return said
