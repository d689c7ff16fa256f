"""The real OpenFeature SDK with its own OFREP provider against this server; then what the protocol says of errors."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import Reason

from salience.events import Assigned
from salience.events.experiment import Arm, Design, Metric
from tests.serve.site import SECRET, WRITE, Site

ANN = EvaluationContext(targeting_key="ann")
METRICS = (Metric(name="buys", event="purchase"),)
FLAGS: dict[str, tuple[Any, Any]] = {"banner": (False, True), "rows": (2, 4), "price": (1.5, 2.0), "words": ("a", "b")}


@pytest.fixture(scope="module", autouse=True)
def flags(site: Site) -> None:
    for layer, values in FLAGS.items():
        arms = (Arm(name="control", value=values[0]), Arm(name="new", value=values[1]))
        design = Design(arms=arms, metrics=METRICS, units=1_000, layer=layer, segments=("browser",))
        site.engine.define_experiment(layer, design)
        site.engine.start_experiment(layer)
    site.engine.define_experiment("later", Design(arms=(Arm(name="x"), Arm(name="y")), metrics=METRICS, units=10))


@pytest.fixture(params=[SECRET, WRITE])
def client(site: Site, request: pytest.FixtureRequest) -> Iterator[OpenFeatureClient]:
    headers = {"Authorization": f"Bearer {request.param}"}
    api.set_provider(OFREPProvider(str(site.client.base_url), headers_factory=lambda: headers))
    yield api.get_client()
    api.clear_providers()


def exposures(site: Site, after: int) -> list[Assigned]:
    return [event for _, event in site.engine.log.read(after=after, limit=10_000) if isinstance(event, Assigned)]


def test_each_type_of_flag_answers_and_the_first_answer_is_the_exposure(site: Site, client: OpenFeatureClient) -> None:
    before, who = site.engine.log.last(), f"p-{uuid.uuid4().hex}"
    context = EvaluationContext(targeting_key=who, attributes={"browser": "safari", "page": "/tea"})
    for _ in range(2):
        found = {
            "banner": client.get_boolean_details("banner", default_value=False, evaluation_context=context),
            "rows": client.get_integer_details("rows", 0, context),
            "price": client.get_float_details("price", 0.0, context),
            "words": client.get_string_details("words", "", context),
        }
    for key, one in found.items():
        assert one.error_code is None, one
        assert one.reason == Reason.SPLIT
        assert one.value == FLAGS[key][one.variant == "new"]
        assert one.flag_metadata == {"experiment": key, "run": "1"}
    logged = exposures(site, before)
    assert sorted(one.experiment for one in logged) == sorted(FLAGS)
    assert {who} == {one.user or one.anonymous for one in logged}
    assert all(one.context == {"browser": "safari"} for one in logged)


def test_people_are_split_and_keep_their_arm(client: OpenFeatureClient) -> None:
    people = [EvaluationContext(targeting_key=f"split-{number}") for number in range(60)]
    first = [client.get_string_value("words", "", one) for one in people]
    assert first == [client.get_string_value("words", "", one) for one in people]
    assert 15 < first.count("b") < 45


def test_errors_reach_the_sdk_as_the_protocol_has_them(client: OpenFeatureClient) -> None:
    unknown = client.get_boolean_details("nobody-made-this", default_value=True, evaluation_context=ANN)
    assert (unknown.value, unknown.error_code) == (True, ErrorCode.FLAG_NOT_FOUND)
    assert client.get_boolean_details("banner", default_value=True).error_code == ErrorCode.TARGETING_KEY_MISSING
    wrong = client.get_string_details("banner", "x", ANN)
    assert (wrong.value, wrong.error_code) == ("x", ErrorCode.TYPE_MISMATCH)
    idle = client.get_string_details("later", "default", ANN)
    assert (idle.value, idle.reason) == ("x", Reason.DISABLED)


def test_a_wrong_key_is_told_and_the_default_stays(site: Site) -> None:
    api.set_provider(OFREPProvider(str(site.client.base_url), headers_factory=lambda: {"X-API-Key": "nonsense"}))
    try:
        refused = api.get_client().get_boolean_details("banner", default_value=True, evaluation_context=ANN)
    finally:
        api.clear_providers()
    assert (refused.value, refused.error_code) == (True, ErrorCode.GENERAL)


def test_all_flags_come_at_once_with_an_etag(site: Site) -> None:
    body = {"context": {"targetingKey": "bulk"}}
    first = site.post("/ofrep/v1/evaluate/flags", body)
    assert {flag["key"] for flag in first.json()["flags"]} == {*FLAGS, "later"}
    again = site.post("/ofrep/v1/evaluate/flags", body, **{"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    other = site.post("/ofrep/v1/evaluate/flags", body, **{"If-None-Match": '"something else"'})
    assert other.json() == first.json()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "PARSE_ERROR"),
        (b"[]", "INVALID_CONTEXT"),
        (b'{"context": 3}', "INVALID_CONTEXT"),
        (b'{"context": {"targetingKey": 3}}', "INVALID_CONTEXT"),
        (b"{}", "TARGETING_KEY_MISSING"),
    ],
)
def test_bodies_that_say_nothing_get_the_protocol_s_codes(site: Site, body: bytes, code: str) -> None:
    for path in ("/ofrep/v1/evaluate/flags/banner", "/ofrep/v1/evaluate/flags"):
        answer = site.post(path, body)
        assert (answer.status_code, answer.json()["errorCode"]) == (400, code)
        assert answer.json()["errorDetails"]


def test_the_api_key_header_of_the_protocol_opens_too(site: Site) -> None:
    answer = site.client.post(
        "/ofrep/v1/evaluate/flags/banner", json={"context": {"targetingKey": "k"}}, headers={"X-API-Key": WRITE}
    )
    assert answer.status_code == 200
