"""The served API against its own description: whatever the description allows or forbids, the answers keep to it.

One check is left out, that every body which fits the description is accepted: some rules cannot be said in JSON Schema
(an event names somebody; "undefined" is no id).
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance

from salience.engine import Engine
from salience.serve.app import VERBS, app
from salience.serve.verb import Access

EXAMPLES = 20
KEYS: dict[str, Access] = {"w": "write", "s": "secret"}


@pytest.mark.parametrize(("method", "path"), [(verb.method, verb.path) for verb in VERBS])
def test_every_answer_is_as_described(method: str, path: str) -> None:
    with Engine.in_memory() as engine:
        schema = schemathesis.openapi.from_asgi("/openapi.json", app(engine, KEYS.get))
        operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
        (operation,) = [found for found in operations if found.path == path and found.method.upper() == method]
        tried = []

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def keeps_to_it(case: schemathesis.Case[Any]) -> None:
            tried.append(case)
            headers = {"Authorization": "Bearer s"}
            case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])

        keeps_to_it()
        assert tried
        assert engine.log.ledger().balanced
