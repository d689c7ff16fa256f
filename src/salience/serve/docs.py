"""`GET /docs`: the routes as one readable page, made from the OpenAPI document; no script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import msgspec

from salience.serve.openapi import ANYTHING
from salience.serve.verb import Verb

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Salience HTTP API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/style.css">
</head>
<body>
<header>
<h1>Salience HTTP API</h1>
<p>Events in, decisions out, outcomes back. The same in machine form: <a href="/openapi.json">/openapi.json</a>.</p>
<p>Send the key as <code>Authorization: Bearer KEY</code>, as the user name of Basic authentication, or as
<code>X-Salience-Key</code>. The <em>write</em> key may stand in a page; the <em>secret</em> key belongs on servers
and never in an address. Every refusal has the same form: <a href="#Fault">Fault</a>.</p>
</header>
<main>
{verbs}
<h2 id="types">Types</h2>
{types}
</main>
</body>
</html>
"""


def page(verbs: Sequence[Verb], described: dict[str, Any]) -> str:
    """The page for these verbs. Everything from the document is escaped."""
    return PAGE.format(
        verbs="\n".join(_verb(verb, described) for verb in verbs),
        types="\n".join(_type(name, schema) for name, schema in sorted(described["components"]["schemas"].items())),
    )


def _verb(verb: Verb, described: dict[str, Any]) -> str:
    operation = described["paths"][verb.path][verb.method.lower()]
    key = f"needs the right <em>{verb.needs}</em>" if verb.needs else "open"
    parts = [
        f'<section id="{escape(verb.name)}">',
        f"<h2><b>{verb.method}</b> {escape(verb.path)} <small>{key}</small></h2>",
        f"<p>{escape(verb.summary)}</p>",
    ]
    if verb.takes is not None:
        parts.append(f"<p>Takes {_link(operation['requestBody']['content']['application/json']['schema'])}.</p>")
    if verb.example:
        shown = msgspec.json.format(verb.example.encode(), indent=2).decode()
        parts.append(f"<pre><code>{escape(shown)}</code></pre>")
    content = next(iter(operation["responses"]["200"]["content"].values()))
    others = ", ".join(code for code in operation["responses"] if code != "200")
    parts.append(f"<p>Gives {_link(content['schema'])}" + (f"; else {others}.</p>" if others else ".</p>"))
    return "\n".join([*parts, "</section>"])


def _type(name: str, schema: dict[str, Any]) -> str:
    required = set(schema.get("required", ()))
    rows = "".join(
        f"<tr><td><code>{escape(field)}</code>{'' if field in required else ' <small>optional</small>'}</td>"
        f"<td>{_link(rule)}</td></tr>"
        for field, rule in schema.get("properties", {}).items()
    )
    said = f"<p>{escape(schema['description'])}</p>" if "description" in schema else ""
    return f'<section id="{escape(name)}"><h3>{escape(name)}</h3>{said}<table>{rows}</table></section>'


def _link(schema: dict[str, Any]) -> str:
    """A schema in one line of words; a named type becomes a link to it."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rsplit("/", 1)[-1])
        return f'<a href="#{name}">{name}</a>'
    for many in ("anyOf", "oneOf"):
        if many in schema:
            named_first = sorted(schema[many], key=lambda one: "$ref" not in one)
            return " or ".join(_link(one) for one in named_first if one != ANYTHING)
    if schema.get("type") == "array":
        items = schema.get("items")
        return "list of " + (_link(items) if isinstance(items, dict) else "anything")
    if "enum" in schema:
        return " or ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
    if "const" in schema:
        return f"<code>{escape(str(schema['const']))}</code>"
    bounds = {"minimum": "≥", "maximum": "≤", "exclusiveMinimum": ">", "exclusiveMaximum": "<"}
    bounds |= {"minLength": "length ≥", "maxLength": "length ≤", "pattern": "pattern"}
    said = [str(schema.get("type", "anything"))]
    said += [f"{sign} {schema[bound]}" for bound, sign in bounds.items() if bound in schema]
    return escape(" ".join(said))
