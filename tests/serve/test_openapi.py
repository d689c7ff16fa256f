from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from msgspec import Struct

from salience.collect.receipt import Receipt, Result
from salience.events import AnyEvent, RecommendRequest, SimilarRequest
from salience.events.answers import Answer, AnswerItem, AnswerReason, Similar
from salience.serve.app import VERBS
from salience.serve.fault import Detail, Fault
from salience.serve.health import Live, Ready
from salience.serve.outcomes import Report
from tests.serve.site import SECRET, Site

TYPES: list[type[Struct]] = [
    *get_args(AnyEvent),
    RecommendRequest,
    SimilarRequest,
    Answer,
    AnswerItem,
    AnswerReason,
    Similar,
    Receipt,
    Result,
    Report,
    Fault,
    Detail,
    Live,
    Ready,
]


@pytest.fixture(scope="module")
def described(site: Site) -> dict[str, Any]:
    answer = site.client.get("/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    found: dict[str, Any] = answer.json()
    return found


def walk(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for child in node.values():
            yield from walk(child)
    elif isinstance(node, list):
        for child in node:
            yield from walk(child)


def test_it_is_openapi_3_1_in_structure(described: dict[str, Any]) -> None:
    assert described["openapi"] == "3.1.0"
    assert {"title", "version"} <= set(described["info"])
    operations = [(path, method, said) for path, at in described["paths"].items() for method, said in at.items()]
    assert len({said["operationId"] for _, _, said in operations}) == len(operations) == len(VERBS)
    for path, method, said in operations:
        assert path.startswith("/")
        assert method in ("get", "post", "patch", "delete")
        assert all("description" in response for response in said["responses"].values())
        assert "200" in said["responses"]
        assert all(scheme in described["components"]["securitySchemes"] for need in said["security"] for scheme in need)


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    references = {node["$ref"] for node in walk(described) if "$ref" in node}
    assert len(references) > 20
    names = {reference.removeprefix("#/components/schemas/") for reference in references}
    assert names <= set(described["components"]["schemas"])


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.__name__)
def test_every_field_of_the_types_is_described(described: dict[str, Any], kind: type[Struct]) -> None:
    schema = described["components"]["schemas"][kind.__name__]
    tag = kind.__struct_config__.tag_field
    assert set(schema["properties"]) == {*kind.__struct_encode_fields__, *([tag] if tag else [])}


def test_every_example_is_accepted_as_it_stands(site: Site, described: dict[str, Any]) -> None:
    sign_in = {"kind": "identify", "id": "in", "user": "ann", "anonymous": "7"}
    site.engine.collect([{"kind": "item", "id": "ex", "item": "50", "title": "Fifty"}, sign_in], source="test")
    tried = 0
    for path, methods in described["paths"].items():
        example = methods.get("post", {}).get("requestBody", {}).get("content", {}).get("application/json", {})
        if "example" in example:
            tried += 1
            answer = site.post(
                path.replace("{key}", "home"), example["example"], SECRET
            )  # the experiments' examples' name
            allowed = (200, 422) if path == "/v1/similar" else (200,)  # without a model there is nothing similar yet
            assert answer.status_code in allowed, (path, answer.text)
            assert answer.json().get("failed", 0) == 0
    assert tried == sum(bool(verb.example) for verb in VERBS)


def test_lists_that_are_judged_one_by_one_may_hold_anything(described: dict[str, Any]) -> None:
    for name, field in (("Batch", "events"), ("Outcomes", "outcomes")):
        items = described["components"]["schemas"][name]["properties"][field]["items"]
        assert [sorted(one) for one in items["anyOf"]][-1] == ["description"]
